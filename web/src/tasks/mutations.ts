import { useMutation } from "@tanstack/react-query";
import type { TaskPublic, TaskUpdate } from "@taskchat/shared-schema/api";
import { useUser } from "../account/session.ts";
import { fetchAnew } from "../lib/query-client.ts";
import { toastError, toastUndo } from "../ui/toasts.tsx";
import { taskErrorInWords } from "./error-words.ts";
import { createTask, deleteTask, tasksKey, updateTask } from "./queries.ts";

const showError = (error: unknown) => toastError(taskErrorInWords(error));

/** A mutation of the list is pending until the list shows it. */
const useRefresh = (userId: string) => () => fetchAnew(tasksKey(userId));

export function useAddTask() {
  const user = useUser();
  return useMutation({
    mutationFn: (title: string) => createTask(user.id, { title }),
    onSettled: useRefresh(user.id),
  });
}

export function useUpdateTask(taskId: string) {
  const user = useUser();
  return useMutation({
    mutationFn: (changes: TaskUpdate) => updateTask(user.id, taskId, changes),
    onSettled: useRefresh(user.id),
  });
}

/** Deletes a task, and offers for a while to make it again. */
export function useDeleteTask(task: TaskPublic) {
  const user = useUser();
  const refresh = useRefresh(user.id);
  const restoring = useMutation({ mutationFn: () => restore(user.id, task), onError: showError, onSettled: refresh });
  return useMutation({
    mutationFn: () => deleteTask(user.id, task.id),
    onSuccess: () => toastUndo(`Deleted ${task.title}`, () => restoring.mutate()),
    onError: showError,
    onSettled: refresh,
  });
}

/** The task again, at the end of the list: its id and its place are gone with it. */
async function restore(userId: string, task: TaskPublic): Promise<void> {
  const { id, created_at, updated_at, completed, ...columns } = task;
  const made = await createTask(userId, columns);
  if (completed) await updateTask(userId, made.id, { completed });
}
