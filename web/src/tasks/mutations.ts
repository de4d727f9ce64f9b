import { useMutation } from "@tanstack/react-query";
import type { TaskPublic, TaskUpdate } from "@taskchat/shared-schema/api";
import { useUser } from "../account/session.ts";
import { fetchAnew } from "../app/query-client.ts";
import { toastError, toastUndo } from "../app/toasts.tsx";
import { createTask, deleteTask, tasksKey, updateTask } from "./queries.ts";

/** A mutation of the list is pending until the list shows it. */
const useRefresh = (userId: string) => () => fetchAnew(tasksKey(userId));

export function useAddTask() {
  const user = useUser();
  return useMutation({
    mutationFn: (title: string) => createTask(user.id, { title, description: "" }),
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
  const restoring = useMutation({ mutationFn: () => restore(user.id, task), onError: toastError, onSettled: refresh });
  return useMutation({
    mutationFn: () => deleteTask(user.id, task.id),
    onSuccess: () => toastUndo(`Deleted ${task.title}`, () => restoring.mutate()),
    onError: toastError,
    onSettled: refresh,
  });
}

/** The task again, at the end of the list: its id and its place are gone with it. */
async function restore(userId: string, { title, description, completed }: TaskPublic): Promise<void> {
  const made = await createTask(userId, { title, description });
  if (completed) await updateTask(userId, made.id, { completed });
}
