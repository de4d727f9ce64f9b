import type { TaskPublic } from "@taskchat/shared-schema/api";
import { type PointerEvent, useEffect, useRef, useState } from "react";
import { type Mode, nextRows, type Row } from "./steady-rows.ts";

/** How long a list stays as it is after a touch, which doesn't hover. */
const AFTER_TOUCH_MS = 1500;

/** The rows to show, and a function that removes a row once it has left. */
export function useSteadyRows(tasks: readonly TaskPublic[], mode: Mode): [readonly Row[], (taskId: string) => void] {
  const [shown, setShown] = useState<readonly Row[]>([]);
  const rows = nextRows(shown, tasks, mode);
  if (rows !== shown) setShown(rows);
  return [rows, (taskId) => setShown((all) => all.filter((row) => row.task.id !== taskId || row.state !== "leaving"))];
}

/** Which of several areas the pointer is over, or was touched just now, and the handlers for one of them. */
export function usePointerOver<Area extends string>() {
  const [area, setArea] = useState<Area>();
  const timer = useRef<ReturnType<typeof setTimeout>>(undefined);
  useEffect(() => () => clearTimeout(timer.current), []);

  const handlersFor = (name: Area) => ({
    onPointerEnter: () => {
      clearTimeout(timer.current);
      setArea(name);
    },
    onPointerLeave: ({ pointerType }: PointerEvent) => {
      if (pointerType === "touch") timer.current = setTimeout(() => setArea(undefined), AFTER_TOUCH_MS);
      else setArea(undefined);
    },
  });
  return { area, handlersFor };
}
