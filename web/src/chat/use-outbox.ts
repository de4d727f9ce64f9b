import { useEffect, useState, useSyncExternalStore } from "react";
import { doubtSession, queryClient } from "../app/query-client.ts";
import { conversationsKey, messagesKey, messagesQuery } from "../conversations/queries.ts";
import { tasksKey } from "../tasks/queries.ts";
import { createOutbox, type Outbox, type OutgoingMessage } from "./outbox.ts";
import { postMessage } from "./queries.ts";

/** The outbox of a user, and what is in it now. It goes on with what an earlier page of this tab left in it. */
export function useOutbox(userId: string): { outbox: Outbox; outgoing: readonly OutgoingMessage[] } {
  const [outbox] = useState(() => outboxOf(userId));
  const outgoing = useSyncExternalStore(outbox.subscribe, outbox.messages);
  useEffect(() => outbox.resume(), [outbox]);
  return { outbox, outgoing };
}

const outboxes = new Map<string, Outbox>();

/** One for each user, so that what is on its way goes on whatever is shown meanwhile. */
function outboxOf(userId: string): Outbox {
  const known = outboxes.get(userId);
  if (known) return known;
  const created = createOutbox({
    storage: sessionStorage,
    storageKey: `taskchat.outbox.${userId}`,
    post: (message) => postMessage(userId, message),
    onAnswered: async (_message, { conversation_id }) => {
      void queryClient.invalidateQueries({ queryKey: tasksKey(userId) });
      void queryClient.invalidateQueries({ queryKey: conversationsKey(userId) });
      await queryClient.invalidateQueries({ queryKey: messagesKey(userId, conversation_id) });
      await queryClient.ensureInfiniteQueryData(messagesQuery(userId, conversation_id));
    },
    onFailed: (_message, error) => doubtSession(error),
  });
  outboxes.set(userId, created);
  return created;
}
