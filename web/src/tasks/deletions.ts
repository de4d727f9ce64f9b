import type { TaskPublic } from "@taskchat/shared-schema/api";
import { haveSameSlot } from "./order.ts";
import { insertMissing } from "./steady-rows.ts";

/** Remembers where deleted tasks were, so that each can return to its place in any order. */
export function createDeletions() {
  /** The latest list from which tasks were deleted, with those that were deleted before. */
  let order: readonly TaskPublic[] = [];
  const deleted = new Set<string>();
  const restoredAs = new Map<string, string>();

  /** Notes that these tasks are about to leave the list. */
  function remember(listed: readonly TaskPublic[], leaving: readonly TaskPublic[]): Places {
    const known = order.filter(({ id }) => deleted.has(id) || listed.some((task) => task.id === id));
    order = insertMissing(listed, known, ({ id }) => id);
    for (const { id } of leaving) deleted.add(id);
    return { order };
  }

  /** The listed task to put a restored one behind; null: it is the first with its date and time. */
  function predecessor(task: TaskPublic, { order }: Places, isListed: (taskId: string) => boolean): string | null {
    const place = order.findIndex(({ id }) => id === task.id);
    const before = order.slice(0, place).filter((other) => haveSameSlot(other, task));
    const ids = before.map(({ id }) => restoredAs.get(id) ?? id);
    return ids.findLast(isListed) ?? null;
  }

  function noteRestored(taskId: string, newId: string): void {
    deleted.delete(taskId);
    restoredAs.set(taskId, newId);
  }

  return { remember, predecessor, noteRestored };
}

/** The list that a task was deleted from. */
export interface Places {
  readonly order: readonly TaskPublic[];
}
