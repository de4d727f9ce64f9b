import type { TaskPublic } from "@taskchat/shared-schema/api";

export type Priority = TaskPublic["priority"];

/** Highest first. */
export const PRIORITIES = ["high", "medium", "low", "none"] as const satisfies readonly Priority[];

export const PRIORITY_LABELS: Readonly<Record<Priority, string>> = {
  high: "High",
  medium: "Medium",
  low: "Low",
  none: "No priority",
};
