import type { MessagePublic, ToolCallPublic } from "@taskchat/shared-schema/api";
import type { OutgoingMessage } from "./outbox.ts";

/** A message as the chat shows it. */
export type ThreadEntry = UserEntry | AssistantEntry;

export interface AssistantEntry {
  readonly role: "assistant";
  readonly id: string;
  readonly text: string;
  readonly toolCalls: readonly ToolCallPublic[];
}

export interface UserEntry {
  readonly role: "user";
  /** The Idempotency-Key, so that a message stays the same entry while it goes from here to the server. */
  readonly id: string;
  readonly text: string;
  readonly delivery: Delivery;
  /** What was done for it before its turn failed. */
  readonly toolCalls: readonly ToolCallPublic[];
  /** Whether the server has it. */
  readonly isStored: boolean;
}

export type Delivery =
  | { readonly state: "answered" }
  /** With the code of the last refusal, if it is being sent again. */
  | { readonly state: "sending"; readonly errorCode?: string }
  | { readonly state: "failed"; readonly errorCode?: string }
  /** The server has it and no answer to it, as yet or for good: it was sent from elsewhere, or by an earlier page. */
  | { readonly state: "unanswered" };

/**
 * The messages that the server has, in their order, and after them those that it may not have yet.
 *
 * @param stored - oldest first.
 * @param outgoing - of the same conversation.
 */
export function threadOf(stored: readonly MessagePublic[], outgoing: readonly OutgoingMessage[]): ThreadEntry[] {
  const storedKeys = new Set(stored.map((message) => message.idempotency_key));
  const entries = stored.map((message, index): ThreadEntry => {
    if (message.role === "assistant") {
      return { role: "assistant", id: message.id, text: message.content, toolCalls: message.tool_calls };
    }
    const isAnswered = stored[index + 1]?.sequence === message.sequence + 1;
    const key = message.idempotency_key ?? message.id;
    const sent = outgoing.find((one) => one.key === key);
    return {
      role: "user",
      id: key,
      text: message.content,
      delivery: isAnswered ? { state: "answered" } : sent ? deliveryOf(sent) : { state: "unanswered" },
      toolCalls: message.tool_calls,
      isStored: true,
    };
  });
  const others = outgoing.filter(({ key }) => !storedKeys.has(key));
  return [...entries, ...others.map(notYetStored)];
}

function notYetStored(message: OutgoingMessage): UserEntry {
  const { key, text } = message;
  return { role: "user", id: key, text, delivery: deliveryOf(message), toolCalls: [], isStored: false };
}

function deliveryOf({ state, errorCode }: OutgoingMessage): Delivery {
  return { state, ...(errorCode && { errorCode }) };
}
