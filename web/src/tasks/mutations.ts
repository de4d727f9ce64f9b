import { useMutation } from "@tanstack/react-query";
import type { TaskPublic, TaskUpdate } from "@taskchat/shared-schema/api";
import { useUser } from "../account/session.ts";
import { closeToast, toastError, toastUndo } from "../ui/toasts.tsx";
import { taskErrorMessage } from "./error-messages.ts";
import { createTask, deleteTask, updateTask } from "./queries.ts";
import { useRefresh } from "./use-refresh.ts";
import { useRestoreTasks } from "./use-restore-tasks.ts";

const showError = (error: unknown) => toastError(taskErrorMessage(error));

export const addTaskKey = (userId: string) => ["add-task", userId];

export function useAddTask() {
  const user = useUser();
  return useMutation({
    mutationKey: addTaskKey(user.id),
    scope: { id: `add-task-${user.id}` }, // one after the other, so that they keep their order
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

/** Completes or reopens a task, and offers to undo a completion. */
export function useCheckTask(task: TaskPublic) {
  const user = useUser();
  const options = { onError: showError, onSettled: useRefresh(user.id) };
  const check = (completed: boolean) => updateTask(user.id, task.id, { completed });
  const reopening = useMutation({ ...options, mutationFn: () => check(false) });
  return useMutation({
    ...options,
    mutationFn: check,
    onSuccess: (_, completed) => {
      if (completed) toastUndo(task.id, `Completed ${task.title}`, () => reopening.mutate());
      else closeToast(task.id);
    },
  });
}

/** Deletes a task and offers to undo that. */
export function useDeleteTask(task: TaskPublic) {
  const user = useUser();
  const restoring = useRestoreTasks();
  return useMutation({
    mutationFn: () => deleteTask(user.id, task.id),
    onMutate: () => restoring.remember([task]),
    onSuccess: (_data, _variables, places) =>
      toastUndo(task.id, `Deleted ${task.title}`, () => restoring.mutate({ tasks: [task], places })),
    onError: showError,
    onSettled: useRefresh(user.id),
  });
}
