import type { TaskPublic } from "@taskchat/shared-schema/api";
import { type KeyboardEvent, type RefObject, useCallback, useEffect, useRef, useState } from "react";
import { type DueGroup, dueGroup } from "./due.ts";
import { landing } from "./order.ts";
import { SelectableTask } from "./SelectableTask.tsx";
import type { Mode, Row } from "./steady-rows.ts";
import { TaskItem } from "./TaskItem.tsx";
import * as texts from "./texts.tsx";
import { useDrag } from "./use-drag.ts";
import { useMoves } from "./use-moves.ts";
import type { Selection } from "./use-selection.ts";
import { useSteadyRows } from "./use-steady-rows.ts";

const GROUPS = ["overdue", "today", "upcoming", "undated"] as const satisfies DueGroup[];

interface TaskListProps {
  label: string;
  tasks: readonly TaskPublic[];
  mode: Mode;
  now: string;
  /** Whether the tasks are open: these are grouped by date and can be reordered. */
  isOpen: boolean;
  selection: Selection;
  /** Gets the focus once the last task is removed. */
  focusAfterLast: RefObject<HTMLElement | null>;
}

export function TaskList({ label, tasks: stored, mode, now, isOpen, selection, focusAfterLast }: TaskListProps) {
  const list = useRef<HTMLDivElement>(null);
  const [editedIds, setEditedIds] = useState<ReadonlySet<string>>(new Set());
  const { tasks, movedId, announcement, move, step } = useMoves(stored);
  const { draggedId, target, handleFor } = useDrag({
    list,
    landingAt: (taskId, group, above) => landing(tasks, taskId, group, above, now),
    onDrop: move,
  });
  const groupOf = useCallback(
    (task: TaskPublic): DueGroup => (isOpen ? dueGroup(task, now) : "undated"),
    [isOpen, now],
  );
  const [rows, remove] = useSteadyRows(
    { tasks, groupOf, movedId },
    // An editor stays where it is, and a row can't be dragged while others come and go.
    draggedId ? "freeze" : editedIds.size > 0 && mode === "live" ? "keep" : mode,
  );
  useEffect(() => {
    // By keyboard a task can be moved out of sight.
    if (movedId && rows)
      document.activeElement?.closest(`[data-row="${movedId}"]`)?.scrollIntoView({ block: "nearest" });
  }, [rows, movedId]);
  const ids = rows.map(({ task }) => task.id);
  const canMove = isOpen && rows.length > 1;

  function edit(taskId: string, isEditing: boolean): void {
    setEditedIds((all) => new Set(isEditing ? [...all, taskId] : [...all].filter((id) => id !== taskId)));
  }

  /** On which side of a row to show where the dragged one would land. */
  function lineAt(taskId: string): "before" | "after" | undefined {
    if (target?.behind === taskId) return "after";
    const first = rows.find((row) => row.group === target?.group && row.task.id !== draggedId);
    return target?.behind === null && first?.task.id === taskId ? "before" : undefined;
  }

  const renderRow = (row: Row<DueGroup>) => {
    const { id } = row.task;
    const common = { row, now, onLeft: () => remove(id) };
    if (selection.ids) {
      const select = (isSelected: boolean, isRange: boolean) =>
        selection.toggle(id, isSelected, isRange ? ids : undefined);
      return <SelectableTask key={id} {...common} isSelected={selection.ids.has(id)} onSelect={select} />;
    }
    return (
      <TaskItem
        key={id}
        {...common}
        focusAfterLast={focusAfterLast}
        isEditing={editedIds.has(id)}
        onEdit={(isEditing) => edit(id, isEditing)}
        onSelect={() => selection.start(id)}
        isDragged={id === draggedId}
        {...(canMove && { handle: handleFor(id), onStep: (by: -1 | 1) => step(id, by) })}
        line={lineAt(id)}
      />
    );
  };

  const shownGroups = GROUPS.filter((group) => rows.some((row) => row.group === group));
  const hasHeadings = shownGroups.some((group) => group !== "undated");
  return (
    <div ref={list} data-list className="flex flex-col gap-4">
      {shownGroups.map((group) => (
        <div key={group} data-group={group} className="relative">
          {hasHeadings && (
            <h3 className={`px-3 pb-0.5 font-medium text-sm ${group === "overdue" ? "text-danger" : "text-muted"}`}>
              {texts.GROUPS[group]}
            </h3>
          )}
          <ul
            aria-label={hasHeadings ? texts.openTasksIn(group) : label}
            className="flex flex-col gap-0.5"
            {...(selection.ids && { onKeyDown: (event) => onSelectionKey(event, ids, selection) })}
          >
            {rows.filter((row) => row.group === group).map(renderRow)}
          </ul>
        </div>
      ))}
      {isOpen && (
        <p role="status" aria-label={texts.ORDER} className="sr-only">
          {announcement}
        </p>
      )}
    </div>
  );
}

/** Arrow keys move the focus, with Shift they select; Ctrl+A selects all. */
function onSelectionKey(event: KeyboardEvent<HTMLElement>, ids: readonly string[], selection: Selection): void {
  if (event.key.toLowerCase() === "a" && (event.ctrlKey || event.metaKey)) {
    event.preventDefault();
    selection.add(ids);
  }
  const by = { ArrowDown: 1, ArrowUp: -1 }[event.key];
  if (by === undefined) return;
  event.preventDefault();
  const rows = [...(event.currentTarget.closest("[data-list]")?.querySelectorAll<HTMLElement>("[data-row]") ?? [])];
  const from = rows.findIndex((row) => row.contains(document.activeElement));
  const next = rows[from + by];
  if (!next) return;
  next.querySelector("input")?.focus();
  if (event.shiftKey) selection.add([rows[from], next].map((row) => row?.dataset.row ?? ""));
}
