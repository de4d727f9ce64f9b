import type { PendingConversation } from "../conversations/queries.ts";
import { useOutbox } from "./use-outbox.ts";

/** The new conversations whose first message is being sent or has failed, the newest first. */
export function usePendingConversations(userId: string): readonly PendingConversation[] {
  return useOutbox(userId)
    .outgoing.filter(({ conversationId }) => conversationId === null)
    .map(({ key, text, state }) => ({ id: key, title: text, hasFailed: state === "failed" }))
    .reverse();
}
