import type { TaskPublic } from "@taskchat/shared-schema/api";
import { GripVertical, Trash2 } from "lucide-react";
import {
  type ComponentProps,
  type KeyboardEvent,
  type MouseEvent,
  type RefObject,
  useEffect,
  useId,
  useRef,
} from "react";
import { useUser } from "../account/session.ts";
import { useChanges } from "../lib/use-changes.ts";
import { IconButton } from "../ui/Button.tsx";
import { useCheckTask, useDeleteTask } from "./mutations.ts";
import { pendingTick } from "./pending-changes.ts";
import type { Row } from "./steady-rows.ts";
import { TaskEditor } from "./TaskEditor.tsx";
import { TaskMeta } from "./TaskMeta.tsx";
import * as texts from "./texts.tsx";
import { useFocusAfterRemoval } from "./use-focus-after-removal.ts";
import { useKeptFocus } from "./use-kept-focus.ts";

interface TaskItemProps {
  row: Row;
  now: string;
  /** Called when the row has left the list. */
  onLeft: () => void;
  /** Gets the focus once the last task is removed. */
  focusAfterLast: RefObject<HTMLElement | null>;
  isEditing: boolean;
  onEdit: (isEditing: boolean) => void;
  /** Called for a click with Shift, Ctrl or ⌘. */
  onSelect: () => void;
  /** The handle to drag the task by, unless tasks can't be moved. */
  handle?: ComponentProps<"button"> | undefined;
  onStep?: ((by: -1 | 1) => void) | undefined;
  isDragged: boolean;
  /** Where a dragged task would land. */
  line: "before" | "after" | undefined;
}

const LINE =
  "relative before:pointer-events-none before:absolute before:inset-x-2 before:z-20 before:h-0.5 before:rounded-full before:bg-accent";
const LINES = { before: `${LINE} before:-top-0.5`, after: `${LINE} before:-bottom-0.5` } as const;

export function TaskItem({ row: { task, state }, now, onLeft, focusAfterLast, ...props }: TaskItemProps) {
  const { isEditing, onEdit, onSelect, handle, onStep, isDragged, line } = props;
  const user = useUser();
  const item = useRef<HTMLLIElement>(null);
  const title = useFocusAfter<HTMLButtonElement>(isEditing);
  const checking = useCheckTask(task);
  const deleting = useDeleteTask(task);
  const prepareRemoval = useFocusAfterRemoval(item, focusAfterLast);
  useKeptFocus(item, task.id);
  const isDeleted = deleting.isPending || (deleting.isSuccess && state !== "listed");
  // A row that left its list and keeps its place was ticked or unticked.
  const isStoredDone = state === "listed" || isDeleted ? task.completed : !task.completed;
  const isDone = pendingTick(task.id, useChanges(user.id)) ?? isStoredDone;

  function onKeyDown(event: KeyboardEvent<HTMLElement>): void {
    const isOnHandle = event.target instanceof Element && event.target.closest("[data-part=move]") !== null;
    if (!onStep || !(event.altKey || isOnHandle) || !/^Arrow(Up|Down)$/.test(event.key)) return;
    event.preventDefault();
    onStep(event.key === "ArrowUp" ? -1 : 1);
  }

  function onClickTitle(event: MouseEvent): void {
    if (event.shiftKey || event.ctrlKey || event.metaKey) onSelect();
    else onEdit(true);
  }

  if (isEditing) {
    return (
      <li ref={item} data-row={task.id}>
        <TaskEditor task={task} now={now} onClose={() => onEdit(false)} />
      </li>
    );
  }
  return (
    <li
      ref={item}
      data-row={task.id}
      inert={isDeleted || state === "leaving"}
      onAnimationEnd={onLeft}
      onKeyDown={onKeyDown}
      className={`grid grid-rows-[1fr] ${state === "leaving" ? "leaving" : ""} ${isDeleted ? "opacity-40" : ""} ${isDragged ? "relative z-10 rounded-lg bg-canvas shadow-lg" : ""} ${line ? LINES[line] : ""}`}
    >
      <div className="group relative flex min-h-0 items-start overflow-hidden rounded-lg transition-colors hover:bg-hover">
        <label className="flex cursor-pointer py-2 pr-3 pl-3">
          <input
            type="checkbox"
            data-part="done"
            aria-label={task.title}
            className="checkbox mt-px"
            checked={isDone}
            onChange={(event) => {
              prepareRemoval();
              checking.mutate(event.target.checked);
            }}
          />
        </label>
        <TaskTitle ref={title} task={task} isDone={isDone} now={now} onClick={onClickTitle} />
        <span className="flex rounded-lg pr-0.5 group-focus-within:opacity-100 group-hover:opacity-100 hovering:absolute hovering:top-0 hovering:right-0 hovering:bg-hover hovering:opacity-0">
          {handle && (
            <IconButton
              label={texts.moveTask(task.title)}
              data-part="move"
              aria-keyshortcuts="Alt+ArrowUp Alt+ArrowDown"
              size="small"
              className="-mr-1 my-0.5 w-7! cursor-grab! touch-none active:cursor-grabbing!"
              {...handle}
            >
              <GripVertical aria-hidden />
            </IconButton>
          )}
          <IconButton
            label={texts.deleteTask(task.title)}
            data-part="delete"
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

interface TaskTitleProps {
  ref: RefObject<HTMLButtonElement | null>;
  task: TaskPublic;
  isDone: boolean;
  now: string;
  onClick: (event: MouseEvent) => void;
}

/** What a task says. A click anywhere on it edits it. */
function TaskTitle({ ref, task, isDone, now, onClick }: TaskTitleProps) {
  const id = useId();
  return (
    <div className="relative min-w-0 flex-1 py-2 text-left text-sm [overflow-wrap:anywhere]">
      <button
        ref={ref}
        type="button"
        data-part="title"
        aria-label={texts.editTask(task.title)}
        aria-describedby={`${id}-details ${id}-meta`}
        className="block w-full cursor-text! rounded-sm text-left after:absolute after:inset-0"
        onClick={onClick}
      >
        <span dir="auto" className={`block ${isDone ? "text-muted line-through" : ""}`}>
          {task.title}
        </span>
      </button>
      <TaskDetails id={id} task={task} isDone={isDone} now={now} />
    </div>
  );
}

interface TaskDetailsProps {
  /** The prefix of the ids for `aria-describedby`. */
  id: string;
  task: TaskPublic;
  isDone: boolean;
  now: string;
}

/** The line below a task's title. */
export function TaskDetails({ id, task, isDone, now }: TaskDetailsProps) {
  return (
    <>
      {task.description && (
        <span id={`${id}-details`} dir="auto" className="mt-0.5 block whitespace-pre-wrap text-[0.8125rem] text-muted">
          {task.description}
        </span>
      )}
      <TaskMeta id={`${id}-meta`} task={task} isDone={isDone} now={now} />
    </>
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
