import { useMutation } from "@tanstack/react-query";
import type { TaskPublic, TaskUpdate } from "@taskchat/shared-schema/api";
import { useUser } from "../account/session.ts";
import { changesOf } from "../lib/use-changes.ts";
import { closeToast, toastUndo } from "../ui/toasts.tsx";
import type { TaskChange } from "./pending-changes.ts";
import type { NewTask } from "./queries.ts";
import * as texts from "./texts.tsx";
import { useRestoreTasks } from "./use-restore-tasks.ts";

/** Stores a change and sends it when the server can be reached. Pending until the server has it or refuses it. */
function useChange<Input>(toChange: (input: Input) => TaskChange, onMade?: (input: Input, changeId: string) => void) {
  const user = useUser();
  return useMutation({
    mutationFn: (input: Input): Promise<unknown> => {
      const { kind, variables } = toChange(input);
      const { id, outcome } = changesOf(user.id).add(kind, variables);
      onMade?.(input, id);
      return outcome;
    },
  });
}

export const useAddTask = () => useChange((task: NewTask) => ({ kind: "task.add", variables: task }));

const updateOf = ({ id, title }: TaskPublic, changes: TaskUpdate): TaskChange => ({
  kind: "task.update",
  variables: { taskId: id, title, changes },
});

export const useUpdateTask = (task: TaskPublic) => useChange((changes: TaskUpdate) => updateOf(task, changes));

/** Completes or reopens a task, and offers to undo a completion. */
export function useCheckTask(task: TaskPublic) {
  const toUpdate = (completed: boolean) => updateOf(task, { completed });
  const reopening = useChange(toUpdate);
  return useChange(toUpdate, (completed) => {
    if (completed) toastUndo(task.id, texts.completed(task.title), () => reopening.mutate(false));
    else closeToast(task.id);
  });
}

/** Deletes a task and offers to undo that. */
export function useDeleteTask(task: TaskPublic) {
  const user = useUser();
  const restoring = useRestoreTasks();
  return useChange(
    (_: undefined) => ({ kind: "task.delete", variables: { taskId: task.id, title: task.title } }),
    (_, changeId) => {
      const places = restoring.remember([task]);
      toastUndo(task.id, texts.deleted(task.title), () => {
        if (!changesOf(user.id).discard(changeId)) restoring.mutate({ tasks: [task], places });
      });
    },
  );
}
