import type { TaskPublic } from "@taskchat/shared-schema/api";
import { Pencil, Trash2 } from "lucide-react";
import { type RefObject, useEffect, useRef, useState } from "react";
import { IconButton } from "../ui/Button.tsx";
import { toastError } from "../ui/toasts.tsx";
import { taskErrorMessage } from "./error-messages.ts";
import { useDeleteTask, useUpdateTask } from "./mutations.ts";
import { TaskEditor } from "./TaskEditor.tsx";
import { useFocusAfterRemoval } from "./use-focus-after-removal.ts";

interface TaskItemProps {
  task: TaskPublic;
  /** Gets the focus once the last task is removed. */
  focusAfterLast: RefObject<HTMLElement | null>;
}

export function TaskItem({ task, focusAfterLast }: TaskItemProps) {
  const item = useRef<HTMLLIElement>(null);
  const [isEditing, setIsEditing] = useState(false);
  const editButton = useFocusAfter<HTMLButtonElement>(isEditing);
  // Shown until the list is fetched again.
  const [checked, setChecked] = useState<boolean>();
  const updating = useUpdateTask(task.id);
  const deleting = useDeleteTask(task);
  const prepareRemoval = useFocusAfterRemoval(item, focusAfterLast);
  const isDone = checked ?? task.completed;

  function check(completed: boolean): void {
    prepareRemoval();
    setChecked(completed);
    updating.mutate(
      { completed },
      { onError: (error) => toastError(taskErrorMessage(error)), onSettled: () => setChecked(undefined) },
    );
  }

  if (isEditing) {
    return (
      <li ref={item}>
        <TaskEditor task={task} onClose={() => setIsEditing(false)} />
      </li>
    );
  }
  return (
    <li ref={item} className="group relative flex items-start rounded-lg transition-colors hover:bg-hover">
      <label className="flex min-w-0 flex-1 cursor-pointer items-start gap-3 py-2 pl-3 text-sm">
        <input
          type="checkbox"
          className="checkbox mt-px"
          checked={isDone}
          disabled={deleting.isPending}
          onChange={(event) => check(event.target.checked)}
        />
        <span className="min-w-0 flex-1 [overflow-wrap:anywhere]">
          <span className={isDone ? "text-muted line-through" : ""}>{task.title}</span>
          {task.description && (
            <span className="mt-0.5 block whitespace-pre-wrap text-[0.8125rem] text-muted">{task.description}</span>
          )}
        </span>
      </label>
      <span className="flex pr-0.5 group-focus-within:opacity-100 group-hover:opacity-100 hovering:opacity-0">
        <IconButton
          ref={editButton}
          label={`Edit ${task.title}`}
          className="my-0.5 size-8"
          onClick={() => setIsEditing(true)}
        >
          <Pencil aria-hidden />
        </IconButton>
        <IconButton
          label={`Delete ${task.title}`}
          className="my-0.5 size-8"
          disabled={deleting.isPending}
          onClick={() => {
            prepareRemoval();
            deleting.mutate();
          }}
        >
          <Trash2 aria-hidden />
        </IconButton>
      </span>
    </li>
  );
}

/** Returns a ref to the element that gets the focus when `isActive` turns false. */
function useFocusAfter<Target extends HTMLElement>(isActive: boolean): RefObject<Target | null> {
  const target = useRef<Target>(null);
  const wasActive = useRef(false);
  useEffect(() => {
    if (wasActive.current && !isActive) target.current?.focus();
    wasActive.current = isActive;
  }, [isActive]);
  return target;
}
