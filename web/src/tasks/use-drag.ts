import { type KeyboardEvent, type PointerEvent, type RefObject, useEffect, useRef, useState } from "react";
import type { DueGroup } from "./due.ts";
import type { Landing } from "./order.ts";

/** How near to an edge the pointer scrolls the list, and how far per frame. */
const EDGE_PX = 40;
const SCROLL_PX = 8;

interface Drag {
  readonly taskId: string;
  readonly row: HTMLElement;
  readonly scroller: HTMLElement;
  readonly startY: number;
  readonly startScroll: number;
  y: number;
  frame: number;
  /** Where it would land now; the line on the page may lag behind. */
  landing: Landing | undefined;
}

interface DragOptions {
  /** Contains the groups (`data-group`) and in them the rows (`data-row`: the task's id). */
  readonly list: RefObject<HTMLElement | null>;
  readonly landingAt: (taskId: string, group: DueGroup, above: readonly string[]) => Landing | undefined;
  readonly onDrop: (landing: Landing) => void;
}

/**
 * Drags rows by a handle, with mouse, pen or finger. The other rows stay where they are; a line shows where the row
 * would land. Returns the dragged task's id, where it would land, and the handle's event handlers.
 */
export function useDrag({ list, landingAt, onDrop }: DragOptions) {
  const drag = useRef<Drag>(undefined);
  const [draggedId, setDraggedId] = useState<string>();
  const [target, setTarget] = useState<Landing>();
  useEffect(() => () => cancelAnimationFrame(drag.current?.frame ?? 0), []);

  function follow(current: Drag): void {
    const { row, scroller, startY, startScroll, y } = current;
    row.style.translate = `0 ${y - startY + scroller.scrollTop - startScroll}px`;
    const place = placeAt(list.current, row, y);
    const found = place && landingAt(current.taskId, place.group, place.above);
    current.landing = found;
    setTarget((shown) => (shown?.group === found?.group && shown?.behind === found?.behind ? shown : found));
  }

  function scroll(current: Drag): void {
    const { top, bottom } = current.scroller.getBoundingClientRect();
    const by = current.y < top + EDGE_PX ? -SCROLL_PX : current.y > bottom - EDGE_PX ? SCROLL_PX : 0;
    if (by !== 0) {
      current.scroller.scrollTop += by;
      follow(current);
    }
    current.frame = requestAnimationFrame(() => scroll(current));
  }

  function end(landing?: Landing): void {
    if (!drag.current) return;
    cancelAnimationFrame(drag.current.frame);
    drag.current.row.style.translate = "";
    drag.current = undefined;
    setDraggedId(undefined);
    setTarget(undefined);
    if (landing) onDrop(landing);
  }

  const handleFor = (taskId: string) => ({
    onPointerDown: (event: PointerEvent<HTMLElement>) => {
      const row = event.currentTarget.closest<HTMLElement>("[data-row]");
      const scroller = event.currentTarget.closest<HTMLElement>(".scroller");
      if (event.button !== 0 || !row || !scroller) return;
      event.currentTarget.setPointerCapture(event.pointerId);
      const y = event.clientY;
      drag.current = {
        taskId,
        row,
        scroller,
        startY: y,
        startScroll: scroller.scrollTop,
        y,
        frame: 0,
        landing: undefined,
      };
      scroll(drag.current);
      setDraggedId(taskId);
    },
    onPointerMove: ({ clientY }: PointerEvent) => {
      if (!drag.current) return;
      drag.current.y = clientY;
      follow(drag.current);
    },
    onPointerUp: () => end(drag.current?.landing),
    onPointerCancel: () => end(),
    onKeyDown: (event: KeyboardEvent) => {
      if (event.key !== "Escape" || !drag.current) return;
      event.stopPropagation(); // Keep the drawer around it open.
      end();
    },
  });
  return { draggedId, target, handleFor };
}

/** The group at this height, and its rows above. */
function placeAt(list: HTMLElement | null, dragged: HTMLElement, y: number) {
  const groups = [...(list?.querySelectorAll<HTMLElement>("[data-group]") ?? [])];
  const group = groups.find((each) => y < each.getBoundingClientRect().bottom) ?? groups.at(-1);
  if (!group) return undefined;
  const rows = [...group.querySelectorAll<HTMLElement>("[data-row]")].filter((row) => row !== dragged);
  const above = rows.filter((row) => middleOf(row) < y).map((row) => row.dataset.row ?? "");
  return { group: group.dataset.group as DueGroup, above };
}

function middleOf(element: HTMLElement): number {
  const { top, bottom } = element.getBoundingClientRect();
  return (top + bottom) / 2;
}
