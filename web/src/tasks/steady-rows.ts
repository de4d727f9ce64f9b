import type { TaskPublic } from "@taskchat/shared-schema/api";

/** A row of a list: its task is in the list, has left it but keeps its place, or is on its way out. */
export interface Row {
  readonly task: TaskPublic;
  readonly state: "listed" | "kept" | "leaving";
}

/**
 * How a list follows its tasks: `live` lets rows leave, `keep` keeps their places while the pointer is over them, and
 * `freeze` adds none either, while the pointer is over something below.
 */
export type Mode = "live" | "keep" | "freeze";

/** Returns the rows for what is listed now. Rows that were shown keep their order. */
export function nextRows(rows: readonly Row[], listed: readonly TaskPublic[], mode: Mode): readonly Row[] {
  const current = new Map(listed.map((task) => [task.id, task]));
  const next = rows.map((row): Row => {
    const task = current.get(row.task.id);
    if (task) return { task, state: "listed" };
    return row.state === "leaving" || mode === "live" ? { ...row, state: "leaving" } : { ...row, state: "kept" };
  });
  if (mode !== "freeze") insertNew(next, listed);
  return isEqual(rows, next) ? rows : next;
}

/** Inserts each new task behind the one that precedes it in the list. */
function insertNew(rows: Row[], listed: readonly TaskPublic[]): void {
  const shown = new Set(rows.map(({ task }) => task.id));
  let place = 0;
  for (const task of listed) {
    if (shown.has(task.id)) place = rows.findIndex((row) => row.task.id === task.id) + 1;
    else rows.splice(place++, 0, { task, state: "listed" });
  }
}

const isEqual = (rows: readonly Row[], others: readonly Row[]) =>
  rows.length === others.length &&
  rows.every(({ task, state }, place) => task === others[place]?.task && state === others[place].state);
