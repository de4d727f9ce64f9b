import { useId, useRef } from "react";
import type { Row } from "./steady-rows.ts";
import { TaskDetails } from "./TaskItem.tsx";
import * as texts from "./texts.tsx";
import { useKeptFocus } from "./use-kept-focus.ts";

interface SelectableTaskProps {
  row: Row;
  now: string;
  onLeft: () => void;
  isSelected: boolean;
  onSelect: (isSelected: boolean, isRange: boolean) => void;
}

/** A task while several are being selected. Shift selects all up to it. */
export function SelectableTask({ row: { task, state }, now, onLeft, isSelected, onSelect }: SelectableTaskProps) {
  const id = useId();
  const item = useRef<HTMLLIElement>(null);
  useKeptFocus(item, task.id);
  return (
    <li
      ref={item}
      data-row={task.id}
      inert={state === "leaving"}
      onAnimationEnd={onLeft}
      className={`grid grid-rows-[1fr] ${state === "leaving" ? "leaving" : ""}`}
    >
      <label
        className={`flex min-h-0 cursor-pointer select-none items-start overflow-hidden rounded-lg transition-colors hover:bg-hover ${isSelected ? "bg-accent-soft" : ""}`}
      >
        <span className="flex py-2 pr-3 pl-3">
          <input
            type="checkbox"
            aria-label={texts.selectTask(task.title)}
            aria-describedby={`${id}-details ${id}-meta`}
            className="checkbox mt-px rounded!"
            checked={isSelected}
            onChange={({ target, nativeEvent }) =>
              onSelect(target.checked, nativeEvent instanceof MouseEvent && nativeEvent.shiftKey)
            }
          />
        </span>
        <span className="min-w-0 flex-1 py-2 pr-3 text-left text-sm [overflow-wrap:anywhere]">
          <span dir="auto" className={`block ${task.completed ? "text-muted line-through" : ""}`}>
            {task.title}
          </span>
          <TaskDetails id={id} task={task} isDone={task.completed} now={now} />
        </span>
      </label>
    </li>
  );
}
