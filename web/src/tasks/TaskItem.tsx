import type { TaskPublic } from "@taskchat/shared-schema/api";
import { Pencil, Trash2 } from "lucide-react";
import { type RefObject, useEffect, useRef, useState } from "react";
import { IconButton } from "../ui/Button.tsx";
import { toastError } from "../ui/toasts.tsx";
import { taskErrorInWords } from "./error-words.ts";
import { useDeleteTask, useUpdateTask } from "./mutations.ts";
import { TaskEditor } from "./TaskEditor.tsx";
import { useFocusAfterRemoval } from "./use-focus-after-removal.ts";

interface TaskItemProps {
  task: TaskPublic;
  /** What gets the focus when no task is left beside this one. */
  focusAfterLast: RefObject<HTMLElement | null>;
}

export function TaskItem({ task, focusAfterLast }: TaskItemProps) {
  const item = useRef<HTMLLIElement>(null);
  const [isEditing, setIsEditing] = useState(false);
  const editButton = useFocusAfter<HTMLButtonElement>(isEditing);
  // Shown at once; the list follows.
  const [ticked, setTicked] = useState<boolean>();
  const ticking = useUpdateTask(task.id);
  const deleting = useDeleteTask(task);
  const aboutToLeave = useFocusAfterRemoval(item, focusAfterLast);
  const isDone = ticked ?? task.completed;

  function tick(completed: boolean): void {
    aboutToLeave();
    setTicked(completed);
    ticking.mutate(
      { completed },
      { onError: (error) => toastError(taskErrorInWords(error)), onSettled: () => setTicked(undefined) },
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
          onChange={(event) => tick(event.target.checked)}
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
            aboutToLeave();
            deleting.mutate();
          }}
        >
          <Trash2 aria-hidden />
        </IconButton>
      </span>
    </li>
  );
}

/** For what gets the focus back when something that took it is over. */
function useFocusAfter<Target extends HTMLElement>(isGoingOn: boolean): RefObject<Target | null> {
  const target = useRef<Target>(null);
  const wasGoingOn = useRef(false);
  useEffect(() => {
    if (wasGoingOn.current && !isGoingOn) target.current?.focus();
    wasGoingOn.current = isGoingOn;
  }, [isGoingOn]);
  return target;
}
