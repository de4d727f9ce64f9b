import type { TaskPublic } from "@taskchat/shared-schema/api";

/** A row of a list: its task is in the list, has left it but keeps its place, or is on its way out. */
export interface Row<Group = unknown> {
  readonly task: TaskPublic;
  readonly group: Group;
  readonly state: "listed" | "kept" | "leaving";
}

/**
 * How a list follows its tasks: `live` lets rows leave and move, `keep` keeps their places while the pointer is over
 * them, and `freeze` adds none either, while the pointer is over something below.
 */
export type Mode = "live" | "keep" | "freeze";

/** The current list, in order, with the group of each task. */
export interface Listing<Group> {
  readonly tasks: readonly TaskPublic[];
  readonly groupOf: (task: TaskPublic) => Group;
  /** The task that the user has moved last: it takes its place in every mode. */
  readonly movedId?: string | undefined;
}

/** Returns the rows for what is listed now. */
export function nextRows<Group>(
  rows: readonly Row<Group>[],
  listing: Listing<Group>,
  mode: Mode,
): readonly Row<Group>[] {
  const { tasks, groupOf, movedId } = listing;
  const listed = tasks.map((task): Row<Group> => ({ task, group: groupOf(task), state: "listed" }));
  const current = new Map(listed.map((row) => [row.task.id, row]));
  const updated = rows.map((row): Row<Group> => {
    const now = current.get(row.task.id);
    if (now) return { ...now, group: row.group };
    return { ...row, state: row.state === "leaving" || mode === "live" ? "leaving" : "kept" };
  });
  const next =
    mode === "live"
      ? insert(listed, updated)
      : insert(without(updated, movedId), mode === "keep" ? listed : listed.filter(shownIn(rows)));
  return isEqual(rows, next) ? rows : next;
}

const without = <Group>(rows: readonly Row<Group>[], movedId: string | undefined) =>
  rows.filter(({ task, state }) => task.id !== movedId || state !== "listed");

function shownIn(rows: readonly Row[]): (row: Row) => boolean {
  const shown = new Set(rows.map(({ task }) => task.id));
  return ({ task }) => shown.has(task.id);
}

const insert = <Group>(rows: readonly Row<Group>[], all: readonly Row<Group>[]) =>
  insertMissing(rows, all, ({ task }) => task.id);

/** Inserts the items that `items` lacks, each behind the one that precedes it in `all`. */
export function insertMissing<Item>(
  items: readonly Item[],
  all: readonly Item[],
  idOf: (item: Item) => string,
): readonly Item[] {
  const result = [...items];
  const present = new Set(items.map(idOf));
  let place = 0;
  for (const item of all) {
    const id = idOf(item);
    if (present.has(id)) place = result.findIndex((other) => idOf(other) === id) + 1;
    else result.splice(place++, 0, item);
  }
  return result;
}

const isEqual = (rows: readonly Row[], others: readonly Row[]) =>
  rows.length === others.length &&
  rows.every((row, place) => {
    const other = others[place];
    return row.task === other?.task && row.state === other.state && row.group === other.group;
  });
