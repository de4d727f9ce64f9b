import { useMutation } from "@tanstack/react-query";
import type { TaskPublic } from "@taskchat/shared-schema/api";
import { useUser } from "../account/session.ts";
import { ApiError } from "../api/api-error.ts";
import { toastError } from "../ui/toasts.tsx";
import { createDeletions, type Places } from "./deletions.ts";
import { taskErrorMessage } from "./error-messages.ts";
import { cachedLists, cachedTasks, createTask } from "./queries.ts";
import { useRefresh } from "./use-refresh.ts";

const deletions = createDeletions();

interface Deleted {
  readonly tasks: readonly TaskPublic[];
  readonly places: Places;
}

/** Creates deleted tasks again, with new ids, where they were. `remember` notes that before they are deleted. */
export function useRestoreTasks() {
  const user = useUser();
  const restoring = useMutation({
    mutationFn: (deleted: Deleted) => restore(user.id, deleted),
    onError: (error) => toastError(taskErrorMessage(error)),
    onSettled: useRefresh(user.id),
  });
  const remember = (tasks: readonly TaskPublic[]) => deletions.remember(listWith(user.id, tasks), tasks);
  return { remember, mutate: (deleted: Deleted) => restoring.mutate(deleted) };
}

async function restore(userId: string, { tasks, places }: Deleted): Promise<void> {
  const created = new Set<string>();
  const listed = new Set(cachedTasks(userId).map(({ id }) => id));
  // One after the other, because a task may belong behind one that was deleted with it.
  for (const task of tasks) {
    const after = deletions.predecessor(task, places, (id) => listed.has(id) || created.has(id));
    const { id } = await createAfter(userId, task, after);
    created.add(id);
    deletions.noteRestored(task.id, id);
  }
}

async function createAfter(userId: string, task: TaskPublic, after: string | null): Promise<TaskPublic> {
  const { id, created_at, updated_at, ...columns } = task;
  const key = crypto.randomUUID();
  try {
    return await createTask(userId, { ...columns, after }, key);
  } catch (error) {
    const isPlaceGone = error instanceof ApiError && error.code === "place_not_found";
    if (isPlaceGone) return createTask(userId, columns, key);
    throw error;
  }
}

/** The shown list that most of these tasks are in. */
function listWith(userId: string, tasks: readonly TaskPublic[]): readonly TaskPublic[] {
  const count = (list: readonly TaskPublic[]) => tasks.filter(({ id }) => list.some((other) => other.id === id)).length;
  return cachedLists(userId).reduce((best, list) => (count(list) > count(best) ? list : best), []);
}
