import { useEffect, useState } from "react";

const SECOND_MS = 1000;

/** The whole seconds until a time in epoch milliseconds, counting down to 0; undefined without a time. */
export function useSecondsLeft(until: number | undefined): number | undefined {
  const [, setTicks] = useState(0);
  const left = until === undefined ? undefined : Math.max(0, Math.ceil((until - Date.now()) / SECOND_MS));
  const isOver = !left;
  // biome-ignore lint/correctness/useExhaustiveDependencies: a new time starts again.
  useEffect(() => {
    if (isOver) return;
    const timer = setInterval(() => setTicks((ticks) => ticks + 1), SECOND_MS);
    return () => clearInterval(timer);
  }, [until, isOver]);
  return left;
}
