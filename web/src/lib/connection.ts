import { onlineManager } from "@tanstack/react-query";
import { useSyncExternalStore } from "react";

/** Whether the browser has a network connection. */
export const isOnline = () => onlineManager.isOnline();

/** Whether the browser has a network connection, as a hook. */
export const useIsOnline = () => useSyncExternalStore((onChange) => onlineManager.subscribe(onChange), isOnline);

/** Resolves once the browser has a network connection. */
export const untilOnline = () =>
  new Promise<void>((resolve) => {
    if (isOnline()) return resolve();
    const unsubscribe = onlineManager.subscribe((isOnlineNow) => {
      if (!isOnlineNow) return;
      unsubscribe();
      resolve();
    });
  });
