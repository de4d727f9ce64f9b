import { useSyncExternalStore } from "react";
import { localMinute } from "./due.ts";

const MINUTE_MS = 60_000;

const currentMinute = () => localMinute(new Date());

function onEachMinute(onChange: () => void): () => void {
  let timer: ReturnType<typeof setTimeout>;
  const wait = () => {
    timer = setTimeout(tick, MINUTE_MS - (Date.now() % MINUTE_MS));
  };
  const tick = () => {
    onChange();
    wait();
  };
  wait();
  // Timers stop while the machine sleeps.
  document.addEventListener("visibilitychange", onChange);
  window.addEventListener("focus", onChange);
  return () => {
    clearTimeout(timer);
    document.removeEventListener("visibilitychange", onChange);
    window.removeEventListener("focus", onChange);
  };
}

/** The reader's date and time to the minute, as `localMinute` writes it. */
export const useNow = (): string => useSyncExternalStore(onEachMinute, currentMinute);
