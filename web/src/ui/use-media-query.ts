import { useSyncExternalStore } from "react";

/** A mouse, which people rarely have without a keyboard. */
export const HAS_KEYBOARD = "(hover: hover) and (pointer: fine)";

/** Whether a CSS media query matches. */
export function useMediaQuery(query: string): boolean {
  return useSyncExternalStore(
    (onChange) => {
      const media = matchMedia(query);
      media.addEventListener("change", onChange);
      return () => media.removeEventListener("change", onChange);
    },
    () => matchMedia(query).matches,
  );
}
