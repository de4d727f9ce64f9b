import type { MessagePublic } from "@taskchat/shared-schema/api";
import { describe, expect, it } from "vitest";
import type { OutgoingMessage } from "./outbox.ts";
import { buildThread } from "./thread.ts";

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
  place: turn,
  isLate: false,
  state,
  ...(errorCode && { errorCode }),
});

const shown = (...of: Parameters<typeof buildThread>) =>
  buildThread(...of).map((entry) => [entry.text, entry.role === "user" ? entry.delivery : "answer"]);

describe("buildThread", () => {
  it("puts outgoing messages after stored ones", () => {
    expect(shown([said(1), answered(1)], [sent(2, "sending")])).toEqual([
      ["question 1", { state: "answered" }],
      ["answer 1", "answer"],
      ["question 2", { state: "sending" }],
    ]);
  });

  it("shows a message once if it is stored and outgoing", () => {
    expect(shown([said(1)], [sent(1, "failed", "model_error")])).toEqual([
      ["question 1", { state: "failed", errorCode: "model_error" }],
    ]);
  });

  it("trusts a stored reply over an outgoing failure", () => {
    expect(shown([said(1), answered(1)], [sent(1, "failed", "unreachable")])).toEqual([
      ["question 1", { state: "answered" }],
      ["answer 1", "answer"],
    ]);
  });

  it("finds an unanswered message among answered ones", () => {
    expect(shown([said(1), said(2), answered(2)], [])).toEqual([
      ["question 1", { state: "unanswered" }],
      ["question 2", { state: "answered" }],
      ["answer 2", "answer"],
    ]);
  });

  it("shows what another tab waits for as being answered", () => {
    expect(buildThread([said(1), said(2)], [], 3).map((entry) => "delivery" in entry && entry.delivery.state)).toEqual([
      "unanswered",
      "sending",
    ]);
  });

  it("keeps the id of an entry once the message is stored", () => {
    const [before] = buildThread([], [sent(1, "sending")]);
    const [after] = buildThread([said(1)], [sent(1, "sending")]);
    expect(before?.id).toBe(after?.id);
  });
});
