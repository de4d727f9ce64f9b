import { setTimeout as delay } from "node:timers/promises";

/** Polls until the condition holds; fails with the description after the deadline. */
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
