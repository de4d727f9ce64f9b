import { addDays } from "./due.ts";
import type { TaskFilter } from "./queries.ts";

export type FilterName = "all" | "overdue" | "today" | "week" | "high" | "medium" | "low";

/** As the menu shows them. */
export const FILTER_GROUPS = [
  ["all"],
  ["overdue", "today", "week"],
  ["high", "medium", "low"],
] as const satisfies FilterName[][];

export function filterQuery(name: FilterName, today: string): TaskFilter {
  switch (name) {
    case "all":
      return {};
    case "overdue":
      return { due_until: addDays(today, -1) };
    case "today":
      return { due_from: today, due_until: today };
    case "week":
      return { due_from: today, due_until: addDays(today, 7) };
    default:
      return { priority: name };
  }
}
