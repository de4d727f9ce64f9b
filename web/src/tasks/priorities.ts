import type { TaskPublic } from "@taskchat/shared-schema/api";

export type Priority = TaskPublic["priority"];

/** Highest first. */
export const PRIORITIES = ["high", "medium", "low", "none"] as const satisfies readonly Priority[];
