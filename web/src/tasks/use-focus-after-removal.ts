import { type RefObject, useEffect, useRef } from "react";

/**
 * Moves the focus to a neighbouring item when the focused item is removed from a list.
 *
 * @param fallback - gets the focus when no item is left.
 * @returns a function to call before the item is removed.
 */
export function useFocusAfterRemoval(
  item: RefObject<HTMLElement | null>,
  fallback: RefObject<HTMLElement | null>,
): () => void {
  const next = useRef<{ element: HTMLElement | null }>(undefined);
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
    const neighbour = item.current?.nextElementSibling ?? item.current?.previousElementSibling;
    next.current = { element: neighbour instanceof HTMLElement ? neighbour : null };
  };
}
