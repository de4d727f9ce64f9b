import { useEffect, useSyncExternalStore } from "react";
import { ApiError } from "../api/api-error.ts";
import { doubtSession, fetchAnew, queryClient } from "../app/query-client.ts";
import { tabStorage } from "../app/tab-storage.ts";
import { conversationsKey, messagesKey, messagesQuery } from "../conversations/queries.ts";
import { tasksKey } from "../tasks/queries.ts";
import { appendDraft } from "./drafts.ts";
import { createOutbox, type NewAnswer, type Outbox, type OutgoingMessage } from "./outbox.ts";
import { postMessage } from "./queries.ts";

interface Outgoing {
  outbox: Outbox;
  outgoing: readonly OutgoingMessage[];
  lastAnswer: NewAnswer | undefined;
}

/** The outbox of a user, and what is in it now. It goes on with what an earlier page of this tab left in it. */
export function useOutbox(userId: string): Outgoing {
  const outbox = outboxOf(userId);
  const outgoing = useSyncExternalStore(outbox.subscribe, outbox.messages);
  const lastAnswer = useSyncExternalStore(outbox.subscribe, outbox.lastAnswer);
  useEffect(() => outbox.resume(), [outbox]);
  return { outbox, outgoing, lastAnswer };
}

const outboxes = new Map<string, Outbox>();

/** One for each user, so that what is on its way goes on whatever is shown meanwhile. */
export function outboxOf(userId: string): Outbox {
  const known = outboxes.get(userId);
  if (known) return known;
  const created: Outbox = createOutbox({
    storage: tabStorage(userId),
    post: (message) => postMessage(userId, message),
    onAnswered: (_message, { conversation_id }) => showAnswer(userId, conversation_id),
    onFailed: (message, error) => {
      doubtSession(error);
      if (error instanceof ApiError && error.code === "conversation_not_found")
        keepInNewDraft(created, userId, message);
      // A turn that fails has done something all the same, perhaps, and the server has its message.
      void refresh(userId, message.conversationId);
    },
  });
  outboxes.set(userId, created);
  return created;
}

/** Fetches all that a turn may have changed, as far as it is shown. */
async function refresh(userId: string, conversationId: string | null): Promise<void> {
  void fetchAnew(tasksKey(userId));
  void fetchAnew(conversationsKey(userId));
  if (conversationId) await fetchAnew(messagesKey(userId, conversationId));
}

/** Has the messages ready before they take the place of the outgoing one. */
async function showAnswer(userId: string, conversationId: string): Promise<void> {
  await refresh(userId, conversationId);
  // The first of a new conversation. If they cannot be had, the page that shows them says so.
  await queryClient.ensureInfiniteQueryData(messagesQuery(userId, conversationId)).catch(() => {});
}

/** The conversation is gone and the text with it, were it not kept for another one. */
function keepInNewDraft(outbox: Outbox, userId: string, { key, text }: OutgoingMessage): void {
  appendDraft(userId, null, text);
  outbox.discard(key);
}
