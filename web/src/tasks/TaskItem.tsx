import { Trash2 } from "lucide-react";
import { type RefObject, useEffect, useId, useRef, useState } from "react";
import { useUser } from "../account/session.ts";
import { useChanges } from "../lib/use-changes.ts";
import { IconButton } from "../ui/Button.tsx";
import { useCheckTask, useDeleteTask } from "./mutations.ts";
import { pendingTick } from "./pending-changes.ts";
import type { Row } from "./steady-rows.ts";
import { TaskEditor } from "./TaskEditor.tsx";
import { useFocusAfterRemoval } from "./use-focus-after-removal.ts";

interface TaskItemProps {
  row: Row;
  /** Called when the row has left the list. */
  onLeft: () => void;
  /** Gets the focus once the last task is removed. */
  focusAfterLast: RefObject<HTMLElement | null>;
}

export function TaskItem({ row: { task, state }, onLeft, focusAfterLast }: TaskItemProps) {
  const user = useUser();
  const item = useRef<HTMLLIElement>(null);
  const descriptionId = useId();
  const [isEditing, setIsEditing] = useState(false);
  const title = useFocusAfter<HTMLButtonElement>(isEditing);
  const checking = useCheckTask(task);
  const deleting = useDeleteTask(task);
  const prepareRemoval = useFocusAfterRemoval(item, focusAfterLast);
  const isDeleted = deleting.isPending || (deleting.isSuccess && state !== "listed");
  // A row that left its list and keeps its place was ticked or unticked.
  const isStoredDone = state === "listed" ? task.completed : !task.completed;
  const isDone = pendingTick(task.id, useChanges(user.id)) ?? isStoredDone;

  if (isEditing) {
    return (
      <li ref={item}>
        <TaskEditor task={task} onClose={() => setIsEditing(false)} />
      </li>
    );
  }
  return (
    <li
      ref={item}
      inert={isDeleted || state === "leaving"}
      onAnimationEnd={onLeft}
      className={`grid grid-rows-[1fr] ${state === "leaving" ? "leaving" : ""} ${isDeleted ? "opacity-40" : ""}`}
    >
      <div className="group relative flex min-h-0 items-start overflow-hidden rounded-lg transition-colors hover:bg-hover">
        <label className="flex cursor-pointer py-2 pr-3 pl-3">
          <input
            type="checkbox"
            aria-label={task.title}
            className="checkbox mt-px"
            checked={isDone}
            onChange={(event) => {
              prepareRemoval();
              checking.mutate(event.target.checked);
            }}
          />
        </label>
        <button
          ref={title}
          type="button"
          aria-label={`Edit ${task.title}`}
          aria-describedby={task.description ? descriptionId : undefined}
          className="min-w-0 flex-1 cursor-text rounded-sm py-2 text-left text-sm [overflow-wrap:anywhere]"
          onClick={() => setIsEditing(true)}
        >
          <span dir="auto" className={`block ${isDone ? "text-muted line-through" : ""}`}>
            {task.title}
          </span>
          {task.description && (
            <span
              id={descriptionId}
              dir="auto"
              className="mt-0.5 block whitespace-pre-wrap text-[0.8125rem] text-muted"
            >
              {task.description}
            </span>
          )}
        </button>
        <span className="flex rounded-lg pr-0.5 group-focus-within:opacity-100 group-hover:opacity-100 hovering:absolute hovering:top-0 hovering:right-0 hovering:bg-hover hovering:opacity-0">
          <IconButton
            label={`Delete ${task.title}`}
            size="small"
            className="my-0.5"
            onClick={() => {
              prepareRemoval();
              deleting.mutate();
            }}
          >
            <Trash2 aria-hidden />
          </IconButton>
        </span>
      </div>
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
