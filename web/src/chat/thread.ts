import type { MessagePublic, ToolCallPublic } from "@taskchat/shared-schema/api";
import type { OutgoingMessage } from "./outbox.ts";

/** The conversation of an outgoing message. A new one gets the key of its first message as its id. */
export const conversationOf = ({ conversationId, key }: OutgoingMessage) => conversationId ?? key;

export type ThreadEntry = UserEntry | AssistantEntry;

export interface AssistantEntry {
  readonly role: "assistant";
  readonly id: string;
  readonly text: string;
  readonly toolCalls: readonly ToolCallPublic[];
  readonly createdAt: string;
}

export interface UserEntry {
  readonly role: "user";
  /** The Idempotency-Key, so that the entry stays the same once the server has the message. */
  readonly id: string;
  readonly text: string;
  readonly delivery: Delivery;
  /** The tool calls of a failed turn. */
  readonly toolCalls: readonly ToolCallPublic[];
  /** Whether the server has the message. */
  readonly isStored: boolean;
  /** Undefined for a message that the server may not have. */
  readonly createdAt?: string;
}

export type Delivery =
  | { readonly state: "answered" }
  /** With the code of the last error during retries. */
  | { readonly state: "sending"; readonly errorCode?: string }
  | { readonly state: "failed"; readonly errorCode?: string; readonly retryAt?: number }
  /** Another tab or an earlier page sent it, and the server has no reply. */
  | { readonly state: "unanswered" }
  | { readonly state: "discarding" };

/**
 * Returns the stored messages in order, followed by outgoing messages that the server may not have yet.
 *
 * @param stored - oldest first.
 * @param outgoing - messages of the same conversation.
 * @param running - the sequence number of the message that the server is answering.
 */
export function buildThread(
  stored: readonly MessagePublic[],
  outgoing: readonly OutgoingMessage[],
  running?: number,
): ThreadEntry[] {
  const storedKeys = new Set(stored.map((message) => message.idempotency_key));
  const entries = stored.map((message, index): ThreadEntry => {
    if (message.role === "assistant") {
      const { id, content: text, tool_calls: toolCalls, created_at: createdAt } = message;
      return { role: "assistant", id, text, toolCalls, createdAt };
    }
    const isAnswered = stored[index + 1]?.sequence === message.sequence + 1;
    const key = message.idempotency_key ?? message.id;
    const sent = outgoing.find((one) => one.key === key);
    return {
      role: "user",
      id: key,
      text: message.content,
      delivery: isAnswered
        ? { state: "answered" }
        : sent
          ? deliveryOf(sent)
          : { state: message.sequence === running ? "sending" : "unanswered" },
      toolCalls: message.tool_calls,
      isStored: true,
      createdAt: message.created_at,
    };
  });
  const unstored = outgoing.filter(({ key }) => !storedKeys.has(key));
  return [...entries, ...unstored.map(toEntry)];
}

function toEntry(message: OutgoingMessage): UserEntry {
  const { key, text } = message;
  return { role: "user", id: key, text, delivery: deliveryOf(message), toolCalls: [], isStored: false };
}

function deliveryOf({ state, errorCode, retryAt }: OutgoingMessage): Delivery {
  return { state, ...(errorCode && { errorCode }), ...(retryAt && state === "failed" && { retryAt }) };
}
