import { describe, expect, it } from "vitest";
import { ApiError } from "../api/api-error.ts";
import { deliver } from "./delivery.ts";

/** Delivers a message that fails with each of these codes in turn and then succeeds. */
async function attempt(codes: readonly string[], retryAfterSeconds?: number) {
  const left = [...codes];
  const waits: number[] = [];
  let attempts = 0;
  const post = async () => {
    attempts += 1;
    const code = left.shift();
    if (code !== undefined) throw new ApiError(code, { retryAfterSeconds });
    return "answer";
  };
  const outcome = await deliver(
    post,
    async (seconds) => void waits.push(seconds),
    () => {},
  ).catch((error: ApiError) => error.code);
  return { outcome, attempts, waits };
}

describe("deliver", () => {
  it.each(["turn_in_progress", "conversation_busy"])("waits for a running turn: %s", async (code) => {
    const { outcome, waits } = await attempt(Array(90).fill(code), 1);
    expect(outcome).toBe("answer");
    expect(waits).toEqual(Array(90).fill(1));
  });

  it.each(["database_unavailable", "rate_limited"])("honours Retry-After: %s", async (code) => {
    expect(await attempt([code], 7)).toEqual({ outcome: "answer", attempts: 2, waits: [7] });
  });

  it("waits for a turn that takes longer than one request", async () => {
    expect((await attempt(["timeout", "turn_in_progress", "turn_in_progress"])).outcome).toBe("answer");
  });

  it("waits for ten seconds at most and leaves longer waits to the user", async () => {
    expect(await attempt(["rate_limited"], 10)).toEqual({ outcome: "answer", attempts: 2, waits: [10] });
    expect(await attempt(["rate_limited"], 11)).toEqual({ outcome: "rate_limited", attempts: 1, waits: [] });
  });

  it("never waits for the next day's allowance", async () => {
    for (const left of [1, 9, 43_200]) {
      expect(await attempt(["budget_used"], left)).toEqual({ outcome: "budget_used", attempts: 1, waits: [] });
    }
  });

  it("retries an outage of the database five times", async () => {
    const { outcome, attempts } = await attempt(Array(100).fill("database_unavailable"));
    expect(outcome).toBe("database_unavailable");
    expect(attempts).toBe(6);
  });

  it("waits for the connection without end, a bit longer each time", async () => {
    const { outcome, waits } = await attempt(Array(100).fill("unreachable"));
    expect(outcome).toBe("answer");
    expect(waits.slice(0, 7)).toEqual([2, 4, 6, 8, 10, 10, 10]);
  });

  it("retries an unavailable model once", async () => {
    expect((await attempt(Array(5).fill("model_unavailable"))).attempts).toBe(2);
  });

  it.each(["model_error", "turn_failed", "unauthenticated"])("does not retry %s", async (code) => {
    expect(await attempt([code])).toEqual({ outcome: code, attempts: 1, waits: [] });
  });
});
