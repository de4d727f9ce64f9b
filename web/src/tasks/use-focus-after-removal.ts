import { type RefObject, useEffect, useRef } from "react";

/**
 * Moves the focus to a neighbouring item when the focused item is removed from its lists (`data-list`).
 *
 * @param fallback - gets the focus when no item is left.
 * @returns a function to call before the item is removed.
 */
export function useFocusAfterRemoval(
  item: RefObject<HTMLElement | null>,
  fallback: RefObject<HTMLElement | null>,
): () => void {
  const next = useRef<{ element: HTMLElement | undefined }>(undefined);
  useEffect(
    () => () => {
      // The focus was lost with the item and has not moved elsewhere.
      if (next.current && document.activeElement === document.body) {
        const { element } = next.current;
        (element?.isConnected ? element.querySelector("input") : fallback.current)?.focus();
      }
    },
    [fallback],
  );
  return () => {
    const items = [...(item.current?.closest("[data-list]")?.querySelectorAll("li") ?? [])];
    const place = items.findIndex((other) => other.contains(item.current));
    next.current = { element: items[place + 1] ?? items[place - 1] };
  };
}
