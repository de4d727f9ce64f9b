import type { TaskPublic } from "@taskchat/shared-schema/api";
import { CalendarDays, CircleAlert, Flag } from "lucide-react";
import { dueWords, isOverdue } from "./due.ts";
import type { Priority } from "./priorities.ts";
import * as texts from "./texts.tsx";

interface TaskMetaProps {
  id: string;
  task: TaskPublic;
  /** Done tasks are never overdue. */
  isDone: boolean;
  now: string;
}

/** When a task is due, and its priority; nothing for a task without both. */
export function TaskMeta({ id, task, isDone, now }: TaskMetaProps) {
  const { priority } = task;
  const due = dueWords(task, now);
  if (due === undefined && priority === "none") return null;
  const isLate = !isDone && isOverdue(task, now);
  const DueIcon = isLate ? CircleAlert : CalendarDays;
  return (
    <span id={id} className="mt-0.5 flex flex-wrap gap-x-3 text-[0.8125rem] text-muted">
      {due && (
        <span className={`flex items-center gap-1 ${isLate ? "text-danger" : ""}`}>
          <DueIcon aria-hidden className="size-3.5 shrink-0" />
          <bdi>{due}</bdi>
          {isLate && <span className="sr-only">{texts.OVERDUE_SUFFIX}</span>}
        </span>
      )}
      {priority !== "none" && (
        <span className="flex items-center gap-1">
          <PriorityFlag priority={priority} label={texts.longPriority(priority)} />
          <span aria-hidden>{texts.PRIORITIES[priority]}</span>
        </span>
      )}
    </span>
  );
}

const FLAG_LOOKS = {
  high: "fill-current text-danger!",
  medium: "text-accent!",
  low: "text-muted!",
  none: "text-line!",
} as const;

export function PriorityFlag({ priority, label }: { priority: Priority; label?: string }) {
  const name = label ? { role: "img", "aria-label": label } : { "aria-hidden": true };
  return <Flag {...name} className={`size-3.5 shrink-0 ${FLAG_LOOKS[priority]}`} />;
}
