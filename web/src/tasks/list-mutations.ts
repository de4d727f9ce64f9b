import { useMutation, useMutationState } from "@tanstack/react-query";
import type { TaskPublic } from "@taskchat/shared-schema/api";
import { useUser } from "../account/session.ts";
import { toastError, toastUndo } from "../ui/toasts.tsx";
import { taskErrorMessage } from "./error-messages.ts";
import type { Move } from "./order.ts";
import { type Changes, deleteCompletedTasks, deleteTasks, updateTask, updateTasks } from "./queries.ts";
import * as texts from "./texts.tsx";
import { useRefresh } from "./use-refresh.ts";
import { useRestoreTasks } from "./use-restore-tasks.ts";

const showError = (error: unknown) => toastError(taskErrorMessage(error));

const moveTaskKey = (userId: string) => ["move-task", userId];

export function useMoveTask() {
  const user = useUser();
  return useMutation({
    mutationKey: moveTaskKey(user.id),
    scope: { id: `move-task-${user.id}` }, // one after the other, because a place depends on the earlier moves
    mutationFn: ({ taskId, ...changes }: Move) => updateTask(user.id, taskId, changes),
    onError: showError,
    onSettled: useRefresh(user.id),
  });
}

/** The moves that the list does not show yet. */
export function usePendingMoves(): readonly Move[] {
  const user = useUser();
  return useMutationState({
    filters: { mutationKey: moveTaskKey(user.id), status: "pending" },
    select: ({ state }) => state.variables as Move,
  });
}

/** Changes several tasks alike, and offers to undo a completion. */
export function useUpdateTasks() {
  const user = useUser();
  const options = { onError: showError, onSettled: useRefresh(user.id) };
  const reopening = useMutation({
    ...options,
    mutationFn: (ids: readonly string[]) => updateTasks(user.id, ids, { completed: false }),
  });
  return useMutation({
    ...options,
    mutationFn: ({ ids, changes }: { ids: readonly string[]; changes: Changes }) => updateTasks(user.id, ids, changes),
    onSuccess: (changed, { ids, changes }) => {
      if (changes.completed) toastUndo(ids.join(), texts.completedTasks(changed.length), () => reopening.mutate(ids));
    },
  });
}

/** Deletes several tasks and offers to undo that. */
export function useDeleteTasks() {
  const user = useUser();
  const restore = useRestoreTasks();
  return useMutation({
    mutationFn: (tasks: readonly TaskPublic[]) => deleteTasks(user.id, idsOf(tasks)),
    onMutate: restore.remember,
    onSuccess: (_, tasks, places) =>
      toastUndo(idsOf(tasks).join(), texts.deletedTasks(tasks.length), () => restore.mutate({ tasks, places })),
    onError: showError,
    onSettled: useRefresh(user.id),
  });
}

export function useClearCompleted() {
  const user = useUser();
  return useMutation({ mutationFn: () => deleteCompletedTasks(user.id), onSettled: useRefresh(user.id) });
}

const idsOf = (tasks: readonly TaskPublic[]) => tasks.map(({ id }) => id);
