import { useEffect, useSyncExternalStore } from "react";
import { onLeave } from "../account/leave.ts";
import { ApiError } from "../api/api-error.ts";
import { appendDraft } from "../conversations/drafts.ts";
import { conversationsKey, messagesKey, messagesQuery } from "../conversations/queries.ts";
import { type Domain, useDomain } from "../lib/domain.ts";
import { doubtSession, fetchAnew, queryClient } from "../lib/query-client.ts";
import { tabStorage } from "../lib/tab-storage.ts";
import { createOutbox, type NewAnswer, type Outbox, type OutgoingMessage } from "./outbox.ts";
import { postMessage } from "./queries.ts";

interface Outgoing {
  outbox: Outbox;
  outgoing: readonly OutgoingMessage[];
  lastAnswer: NewAnswer | undefined;
}

/** The outbox of a user, and what is in it now. It goes on with what an earlier page of this tab left in it. */
export function useOutbox(userId: string): Outgoing {
  const outbox = outboxOf(userId, useDomain().queryKey);
  const outgoing = useSyncExternalStore(outbox.subscribe, outbox.messages);
  const lastAnswer = useSyncExternalStore(outbox.subscribe, outbox.lastAnswer);
  useEffect(() => outbox.resume(), [outbox]);
  return { outbox, outgoing, lastAnswer };
}

const outboxes = new Map<string, Outbox>();

onLeave((userId) => outboxes.get(userId)?.clear());

/** One per user, so that messages are delivered whichever page is shown. */
function outboxOf(userId: string, domainKey: Domain["queryKey"]): Outbox {
  const known = outboxes.get(userId);
  if (known) return known;
  /** Fetches what a turn may have changed, as far as it is shown. */
  const refresh = async (conversationId: string | null): Promise<void> => {
    void fetchAnew(domainKey(userId));
    void fetchAnew(conversationsKey(userId));
    if (conversationId) await fetchAnew(messagesKey(userId, conversationId));
  };
  const created: Outbox = createOutbox({
    storage: tabStorage(userId),
    post: (message) => postMessage(userId, message),
    onAnswered: async (_message, { conversation_id }) => {
      await refresh(conversation_id);
      // Loads the messages of a new conversation. If that fails, the page that shows them says so.
      await queryClient.ensureInfiniteQueryData(messagesQuery(userId, conversation_id)).catch(() => {});
    },
    onFailed: (message, error) => {
      doubtSession(error);
      if (error instanceof ApiError && error.code === "conversation_not_found")
        keepInNewDraft(created, userId, message);
      // A turn that fails has done something all the same, perhaps, and the server has its message.
      void refresh(message.conversationId);
    },
  });
  outboxes.set(userId, created);
  return created;
}

/** The conversation is gone and the text with it, were it not kept for another one. */
function keepInNewDraft(outbox: Outbox, userId: string, { key, text }: OutgoingMessage): void {
  appendDraft(userId, null, text);
  outbox.discard(key);
}
