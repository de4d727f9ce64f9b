import { type PointerEvent, useEffect, useRef, useState } from "react";
import { type Listing, type Mode, nextRows, type Row } from "./steady-rows.ts";

/** How long a list stays as it is after a touch, which doesn't hover. */
const AFTER_TOUCH_MS = 1500;

/** The rows to show, and a function that removes a row once it has left. */
export function useSteadyRows<Group>(
  listing: Listing<Group>,
  mode: Mode,
): [readonly Row<Group>[], (taskId: string) => void] {
  const [shown, setShown] = useState<readonly Row<Group>[]>([]);
  const rows = nextRows(shown, listing, mode);
  if (rows !== shown) setShown(rows);
  return [rows, (taskId) => setShown((all) => all.filter((row) => row.task.id !== taskId || row.state !== "leaving"))];
}

/** Which of several areas the pointer is over, or was touched just now, and the handlers for one of them. */
export function usePointerOver<Area extends string>() {
  const [area, setArea] = useState<Area>();
  const timer = useRef<ReturnType<typeof setTimeout>>(undefined);
  useEffect(() => () => clearTimeout(timer.current), []);

  useEffect(() => {
    if (area === undefined) return;
    // An element that is removed under the pointer, such as a closed editor, doesn't report that the pointer leaves.
    const onPointerOver = ({ target, pointerType }: globalThis.PointerEvent) => {
      const over = target instanceof Element ? target.closest<HTMLElement>("[data-area]") : null;
      if (pointerType !== "touch" && over?.dataset.area !== area) setArea(undefined);
    };
    document.addEventListener("pointerover", onPointerOver);
    return () => document.removeEventListener("pointerover", onPointerOver);
  }, [area]);

  const handlersFor = (name: Area) => ({
    "data-area": name,
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
