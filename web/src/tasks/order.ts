import { type Due, type DueGroup, dateOf, dueGroup } from "./due.ts";

/** A task as the list orders it: by date, then time, then by hand. */
export interface Ordered extends Due {
  readonly id: string;
}

/** Puts a task behind another, or first among the tasks with its date and time, and may change its date. */
export interface Move {
  readonly taskId: string;
  readonly after: string | null;
  readonly due_on?: string | null;
}

/** Only tasks with the same date and time are ordered by hand. Anything written in digits sorts before "~". */
const slotOf = ({ due_on, due_at }: Due) => `${due_on ?? "~"} ${due_at ?? "~"}`;

export const haveSameSlot = (task: Due, other: Due) => slotOf(task) === slotOf(other);

const isMoved = <Task extends Ordered>(task: Task, { due_on }: Pick<Move, "due_on">): Task =>
  due_on === undefined ? task : { ...task, due_on, due_at: due_on === null ? null : task.due_at };

/** The list as it will be after a move. */
export function applyMove<Task extends Ordered>(tasks: readonly Task[], move: Move): readonly Task[] {
  const task = tasks.find(({ id }) => id === move.taskId);
  if (task === undefined) return tasks;
  const others = tasks.filter((other) => other !== task);
  const moved = isMoved(task, move);
  return others.toSpliced(placeAmong(others, moved, move.after), 0, moved);
}

function placeAmong(others: readonly Ordered[], task: Ordered, after: string | null): number {
  const before = after === null ? -1 : others.findIndex(({ id }) => id === after);
  if (before >= 0) return before + 1;
  const place = others.findIndex((other) => slotOf(other) >= slotOf(task));
  return place < 0 ? others.length : place;
}

/** The move one place up (-1) or down (1), with the place it leads to; undefined at the end of its slot. */
export function step(tasks: readonly Ordered[], taskId: string, by: -1 | 1) {
  const task = tasks.find(({ id }) => id === taskId);
  const peers = task ? tasks.filter((other) => haveSameSlot(other, task)) : [];
  const place = peers.findIndex(({ id }) => id === taskId) + by;
  if (place < 0 || place >= peers.length) return undefined;
  const after = by === 1 ? peers[place]?.id : peers[place - 1]?.id;
  const move: Move = { taskId, after: after ?? null };
  return { move, place: place + 1, of: peers.length };
}

/** Where a dragged task would land: in which group, behind which task; null: first in it. */
export interface Landing {
  readonly move: Move;
  readonly group: DueGroup;
  readonly behind: string | null;
}

/**
 * The move that dropping a task there makes.
 *
 * @param above - the ids of the group's tasks above that place.
 * @returns undefined if nothing changes, or the group has no single date to take.
 */
export function landing(
  tasks: readonly Ordered[],
  taskId: string,
  group: DueGroup,
  above: readonly string[],
  now: string,
): Landing | undefined {
  const task = tasks.find(({ id }) => id === taskId);
  if (task === undefined) return undefined;
  const staysInGroup = dueGroup(task, now) === group;
  if (!staysInGroup && group !== "today" && group !== "undated") return undefined;
  const change = staysInGroup ? {} : { due_on: group === "today" ? dateOf(now) : null };
  const moved = isMoved(task, change);
  const others = tasks.filter((other) => other !== task && dueGroup(other, now) === group);
  const after = others.findLast((other) => haveSameSlot(other, moved) && above.includes(other.id))?.id ?? null;
  if (staysInGroup && after === predecessorIn(tasks, task)) return undefined;
  const behind = others[placeAmong(others, moved, after) - 1]?.id ?? null;
  return { move: { taskId, after, ...change }, group, behind };
}

function predecessorIn(tasks: readonly Ordered[], task: Ordered): string | null {
  const place = tasks.indexOf(task);
  return tasks.slice(0, place).findLast((other) => haveSameSlot(other, task))?.id ?? null;
}
