import { type RefObject, useLayoutEffect } from "react";

/** The task whose row was removed with the focus in it, and the part of the row that had it. */
let lost: { readonly taskId: string; readonly part: string } | undefined;

/** Keeps the focus in a task's row (its `data-part`s) when another row replaces it, as in another group. */
export function useKeptFocus(row: RefObject<HTMLElement | null>, taskId: string): void {
  useLayoutEffect(() => {
    if (lost?.taskId === taskId) {
      if (document.activeElement === document.body) partOf(row.current, lost.part)?.focus();
      lost = undefined;
    }
    const element = row.current;
    return () => {
      const focused = document.activeElement;
      if (!element?.contains(focused)) return;
      const part = focused?.closest<HTMLElement>("[data-part]")?.dataset.part;
      lost = { taskId, part: part ?? "title" };
    };
  }, [row, taskId]);
}

const partOf = (row: HTMLElement | null, part: string) =>
  row?.querySelector<HTMLElement>(`[data-part="${part}"]`) ?? row?.querySelector("input");
