import { useEffect, useState } from "react";
import { startOfDay } from "./date-groups.ts";

/** Midnight of the present day. Changes at midnight, or when a computer wakes up on another day. */
export function useToday(): Date {
  const [today, setToday] = useState(() => startOfDay(new Date()));
  useEffect(() => {
    const update = () => {
      const now = startOfDay(new Date());
      setToday((shown) => (shown.getTime() === now.getTime() ? shown : now));
    };
    const timer = setTimeout(update, startOfDay(today, -1).getTime() - Date.now());
    document.addEventListener("visibilitychange", update);
    return () => {
      clearTimeout(timer);
      document.removeEventListener("visibilitychange", update);
    };
  }, [today]);
  return today;
}
