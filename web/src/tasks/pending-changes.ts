import type { TaskPublic, TaskUpdate } from "@taskchat/shared-schema/api";
import type { Change } from "../lib/changes.ts";
import { refetch } from "../lib/query-client.ts";
import { tellOtherTabs } from "../lib/tabs.ts";
import { defineChange } from "../lib/use-changes.ts";
import { createTask, deleteTask, type NewTask, tasksKey, updateTask } from "./queries.ts";

export type TaskChange =
  | { readonly kind: "task.add"; readonly variables: NewTask }
  | { readonly kind: "task.update"; readonly variables: Update }
  | { readonly kind: "task.delete"; readonly variables: Deletion };

interface Update {
  readonly taskId: string;
  /** The title before the change. */
  readonly title: string;
  readonly changes: TaskUpdate;
}

interface Deletion {
  readonly taskId: string;
  readonly title: string;
}

async function refresh(userId: string): Promise<void> {
  tellOtherTabs(userId, null);
  await refetch(tasksKey(userId));
}

defineChange<NewTask>("task.add", {
  send: (userId, task, { key }) => createTask(userId, task, key),
  refresh,
});

defineChange<Update>("task.update", {
  send: (userId, { taskId, changes }) => updateTask(userId, taskId, changes),
  refresh,
});

defineChange<Deletion>("task.delete", {
  send: (userId, { taskId }) => deleteTask(userId, taskId),
  refresh,
});

export const isTaskChange = (change: Change): change is Change & TaskChange => change.kind.startsWith("task.");

const pendingOf = (changes: readonly Change[]) =>
  changes.filter(isTaskChange).filter(({ state }) => state !== "refused");

/** The tasks of a list as they will be once the server has these changes, without ticks and moves. */
export function applyChanges(tasks: readonly TaskPublic[], changes: readonly Change[]): readonly TaskPublic[] {
  return pendingOf(changes).reduce(applyChange, tasks);
}

/** Whether a task will be completed; undefined if that doesn't change. */
export function pendingTick(taskId: string, changes: readonly Change[]): boolean | undefined {
  const ticks = pendingOf(changes).flatMap(({ kind, variables }) =>
    kind === "task.update" && variables.taskId === taskId ? [variables.changes.completed] : [],
  );
  return ticks.findLast((completed) => completed !== undefined);
}

/** The tasks that the server doesn't have yet. */
export const pendingTasks = (changes: readonly Change[]) =>
  pendingOf(changes).flatMap((change) => (change.kind === "task.add" ? [change] : []));

function applyChange(tasks: readonly TaskPublic[], { kind, variables }: TaskChange): readonly TaskPublic[] {
  if (kind === "task.delete") return tasks.filter(({ id }) => id !== variables.taskId);
  if (kind === "task.add" || !tasks.some(({ id }) => id === variables.taskId)) return tasks;
  const { completed, after, ...columns } = variables.changes;
  const withoutTime = columns.due_on === null ? { due_at: null } : {};
  const changed = Object.fromEntries(Object.entries(columns).filter(([, value]) => value !== undefined));
  return tasks.map((task) => (task.id === variables.taskId ? { ...task, ...changed, ...withoutTime } : task));
}
