import type { MessagePublic } from "@taskchat/shared-schema/api";
import { describe, expect, it } from "vitest";
import type { OutgoingMessage } from "./outbox.ts";
import { threadOf } from "./thread.ts";

const said = (turn: number): MessagePublic => ({
  id: `m${turn}`,
  sequence: turn * 2 - 1,
  role: "user",
  content: `question ${turn}`,
  tool_calls: [],
  idempotency_key: `key-${turn}`,
  created_at: "2026-01-01T00:00:00Z",
});

const answered = (turn: number): MessagePublic => ({
  ...said(turn),
  id: `a${turn}`,
  sequence: turn * 2,
  role: "assistant",
  content: `answer ${turn}`,
  idempotency_key: null,
});

const sent = (turn: number, state: OutgoingMessage["state"], errorCode?: string): OutgoingMessage => ({
  key: `key-${turn}`,
  text: `question ${turn}`,
  conversationId: "c1",
  state,
  ...(errorCode && { errorCode }),
});

const shown = (...of: Parameters<typeof threadOf>) =>
  threadOf(...of).map((entry) => [entry.text, entry.role === "user" ? entry.delivery : "answer"]);

describe("threadOf", () => {
  it("puts what is on its way after what the server has", () => {
    expect(shown([said(1), answered(1)], [sent(2, "sending")])).toEqual([
      ["question 1", { state: "answered" }],
      ["answer 1", "answer"],
      ["question 2", { state: "sending" }],
    ]);
  });

  it("shows a message once, wherever it is known", () => {
    expect(shown([said(1)], [sent(1, "failed", "model_error")])).toEqual([
      ["question 1", { state: "failed", errorCode: "model_error" }],
    ]);
  });

  it("believes an answer rather than what it remembers", () => {
    expect(shown([said(1), answered(1)], [sent(1, "failed", "unreachable")])).toEqual([
      ["question 1", { state: "answered" }],
      ["answer 1", "answer"],
    ]);
  });

  it("finds a message without an answer among answered ones", () => {
    expect(shown([said(1), said(2), answered(2)], [])).toEqual([
      ["question 1", { state: "unanswered" }],
      ["question 2", { state: "answered" }],
      ["answer 2", "answer"],
    ]);
  });

  it("keeps a message the same entry when the server gets it", () => {
    const [before] = threadOf([], [sent(1, "sending")]);
    const [after] = threadOf([said(1)], [sent(1, "sending")]);
    expect(before?.id).toBe(after?.id);
  });
});
