import { setTimeout as delay } from "node:timers/promises";

/** Asks again and again until it holds; fails with the description when it does not within the deadline. */
export async function until(
  description: string,
  holds: () => boolean | Promise<boolean>,
  deadlineMs = 60_000,
): Promise<void> {
  const end = performance.now() + deadlineMs;
  while (!(await holds())) {
    if (performance.now() > end) throw new Error(`not within ${deadlineMs} ms: ${description}`);
    await delay(20);
  }
}
