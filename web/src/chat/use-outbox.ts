import { useEffect, useSyncExternalStore } from "react";
import { onSignOut } from "../account/sign-out.ts";
import { ApiError } from "../api/api-error.ts";
import { appendDraft } from "../conversations/drafts.ts";
import { conversationsKey, messagesKey, messagesQuery, onDeletingConversation } from "../conversations/queries.ts";
import { isOnline, untilOnline } from "../lib/connection.ts";
import { type Domain, useDomain } from "../lib/domain.ts";
import { inLock } from "../lib/locks.ts";
import { queryClient, refetch, revalidateSession } from "../lib/query-client.ts";
import { browserStorage, onBrowserStorage } from "../lib/tab-storage.ts";
import { onOtherTabs, tellOtherTabs } from "../lib/tabs.ts";
import { createOutbox, type NewAnswer, type Outbox, type OutgoingMessage } from "./outbox.ts";
import { postMessage } from "./queries.ts";
import { conversationOf } from "./thread.ts";

/** After this time, a message that is being sent has usually been stored. */
const SENDING_MS = 1000;

interface Outgoing {
  outbox: Outbox;
  outgoing: readonly OutgoingMessage[];
  lastAnswer: NewAnswer | undefined;
}

/** The user's outbox and its content. Resumes messages that earlier pages left. */
export function useOutbox(userId: string): Outgoing {
  const outbox = outboxOf(userId, useDomain().queryKey);
  const outgoing = useSyncExternalStore(outbox.subscribe, outbox.messages);
  const lastAnswer = useSyncExternalStore(outbox.subscribe, outbox.lastAnswer);
  useEffect(() => outbox.resume(), [outbox]);
  return { outbox, outgoing, lastAnswer };
}

const outboxes = new Map<string, Outbox>();

onSignOut((userId) => outboxes.get(userId)?.clear());

/** One per user, so that messages are delivered whichever page is shown. */
function outboxOf(userId: string, domainKey: Domain["queryKey"]): Outbox {
  const known = outboxes.get(userId);
  if (known) return known;
  /** Fetches what a turn may have changed, as far as it is shown. */
  const refresh = async (conversationId: string | null): Promise<void> => {
    void refetch(domainKey(userId));
    void refetch(conversationsKey(userId));
    if (conversationId) await refetch(messagesKey(userId, conversationId));
  };
  const created: Outbox = createOutbox({
    storage: browserStorage(userId),
    inTurn: ({ key, conversationId, isLate }, run) => {
      const afterEarlier = () =>
        conversationId ? inLock(`${userId}.conversation.${conversationId}`, "exclusive", run) : run();
      // First the message's own lock: the tab that sends it asks before the others know of it. Its name differs from the
      // conversation's, because the first message's key is the conversation's id.
      return inLock(`${userId}.message.${key}`, "exclusive", () =>
        inLock(`${userId}.messages`, isLate ? "exclusive" : "shared", afterEarlier),
      );
    },
    isOnline,
    untilOnline,
    post: async (message) => {
      tellOtherTabs(userId, message.conversationId);
      // A new conversation is in the list while its first message is being answered.
      const isNew = message.conversationId === null;
      const listing = isNew ? setTimeout(() => void refetch(conversationsKey(userId)), SENDING_MS) : undefined;
      return postMessage(userId, message).finally(() => clearTimeout(listing));
    },
    onAnswered: async (_message, { conversation_id }) => {
      tellOtherTabs(userId, conversation_id);
      await refresh(conversation_id);
      // Loads the messages of a new conversation. If that fails, the page that shows them says so.
      await queryClient.ensureInfiniteQueryData(messagesQuery(userId, conversation_id)).catch(() => {});
    },
    onFailed: (message, error) => {
      tellOtherTabs(userId, message.conversationId);
      revalidateSession(error);
      const code = error instanceof ApiError ? error.code : undefined;
      if (code === "conversation_not_found") moveToNewDraft(created, userId, message);
      if (code === "turn_discarded") created.discard(message.key); // In another tab, perhaps.
      // A failed turn may have changed something, and the server may have its message.
      void refresh(message.conversationId);
    },
  });
  outboxes.set(userId, created);
  onDeletingConversation(userId, (conversationId) => {
    for (const message of created.messages())
      if (conversationOf(message) === conversationId) created.discard(message.key);
  });
  onBrowserStorage(userId, created.reload);
  onOtherTabs(userId, (conversationId) => {
    void refresh(conversationId);
    // A message that another tab is sending may not have arrived yet.
    setTimeout(() => void refresh(conversationId), SENDING_MS);
  });
  return created;
}

/** Saves the text of a message whose conversation was deleted. */
function moveToNewDraft(outbox: Outbox, userId: string, { key, text }: OutgoingMessage): void {
  appendDraft(userId, null, text);
  outbox.discard(key);
}
