import { type RefObject, useEffect, useRef } from "react";

/**
 * Keeps the keyboard where it was when the item that it was on leaves the list.
 *
 * @param item - the list's item.
 * @param fallback - what gets the focus when no item is left.
 * @returns to be called when the item is about to leave; the next item, or the one before, gets the focus then.
 */
export function useFocusAfterRemoval(
  item: RefObject<HTMLElement | null>,
  fallback: RefObject<HTMLElement | null>,
): () => void {
  const heir = useRef<{ element: HTMLElement | null }>(undefined);
  useEffect(
    () => () => {
      // The focus has gone with the item, and to nobody else.
      if (heir.current && document.activeElement === document.body) {
        const { element } = heir.current;
        (element?.isConnected ? element.querySelector("input") : fallback.current)?.focus();
      }
    },
    [fallback],
  );
  return () => {
    const neighbour = item.current?.nextElementSibling ?? item.current?.previousElementSibling;
    heir.current = { element: neighbour instanceof HTMLElement ? neighbour : null };
  };
}
