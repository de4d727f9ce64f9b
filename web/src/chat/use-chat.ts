import { useInfiniteQuery } from "@tanstack/react-query";
import type { MessagePublic } from "@taskchat/shared-schema/api";
import { useState } from "react";
import { navigate } from "wouter/use-browser-location";
import { useUser } from "../account/session.ts";
import { ApiError, isUnanswered } from "../api/api-error.ts";
import { errorMessage } from "../api/error-messages.ts";
import { appendDraft, readDraft } from "../conversations/drafts.ts";
import { conversationsKey, messagesKey, messagesQuery, newestKeys } from "../conversations/queries.ts";
import { useDomain } from "../lib/domain.ts";
import { queryClient, refetch } from "../lib/query-client.ts";
import { tellOtherTabs } from "../lib/tabs.ts";
import { toastError } from "../ui/toasts.tsx";
import { discardMessage } from "./queries.ts";
import { buildThread, conversationOf, type ThreadEntry, type UserEntry } from "./thread.ts";
import type { MessageActions } from "./UserMessage.tsx";
import { useFoundMessage } from "./use-found-message.ts";
import { useOutbox } from "./use-outbox.ts";

/** Whether the text of a discarded message returns to the message box. */
type Text = "dropped" | "added" | "restored-to-empty-box";

const NO_MESSAGES: readonly MessagePublic[] = [];

/**
 * Returns the messages of a conversation and the actions on them.
 *
 * @param conversationId - undefined for a new one. Its first message gives it a URL.
 */
export function useChat(conversationId: string | undefined) {
  const user = useUser();
  const { queryKey: domainKey } = useDomain();
  const { outbox, outgoing: all, lastAnswer } = useOutbox(user.id);
  const [discarding, setDiscarding] = useState<readonly string[]>([]);
  const outgoing = all.filter((message) => conversationOf(message) === conversationId);
  const isNew = outgoing.some((message) => message.conversationId === null);
  const stored = useInfiniteQuery({
    ...messagesQuery(user.id, conversationId ?? ""),
    enabled: conversationId !== undefined && !isNew,
  });
  useFoundMessage({
    messages: stored.data?.messages ?? NO_MESSAGES,
    pages: stored.data?.pages ?? 0,
    showEarlier: stored.hasNextPage && !stored.isFetching ? stored.fetchNextPage : undefined,
  });
  const entries = buildThread(stored.data?.messages ?? [], outgoing, stored.data?.running).map(
    (entry): ThreadEntry =>
      entry.role === "user" && discarding.includes(entry.id) ? { ...entry, delivery: { state: "discarding" } } : entry,
  );

  function send(text: string): void {
    // The server doesn't have a conversation whose first message has failed, so the next message starts another one.
    const target = isNew ? null : (conversationId ?? null);
    const key = outbox.send(text, target);
    if (target === null) navigate(`/c/${key}`, { replace: conversationId === undefined });
  }

  async function discard(entry: UserEntry, text: Text): Promise<void> {
    if (conversationId === undefined || discarding.includes(entry.id)) return;
    setDiscarding((keys) => [...keys, entry.id]);
    let isLocal = false;
    try {
      await discardMessage(user.id, entry.id);
    } catch (error) {
      const isAnswered = error instanceof ApiError && error.code === "turn_answered";
      // The server may have a message that it didn't confirm. Then it is there again, to be discarded.
      isLocal = isUnanswered(error) && !entry.isStored;
      if (!isAnswered && !isLocal) {
        toastError(errorMessage(error));
        setDiscarding((keys) => keys.filter((key) => key !== entry.id));
        return;
      }
    }
    const remaining = isLocal && isNew ? undefined : await newestKeys(user.id, conversationId);
    if (remaining !== undefined) await refetch(messagesKey(user.id, conversationId));
    outbox.discard(entry.id);
    setDiscarding((keys) => keys.filter((key) => key !== entry.id));
    tellOtherTabs(user.id, conversationId);
    void refetch(conversationsKey(user.id));
    void refetch(domainKey(user.id)); // What tools have changed stays.
    const draftOf = remaining === undefined ? null : conversationId;
    const isKept = remaining?.has(entry.id);
    if (text === "added" || (text !== "dropped" && !isKept && readDraft(user.id, draftOf) === ""))
      appendDraft(user.id, draftOf, entry.text);
    if (remaining !== undefined || location.pathname !== `/c/${conversationId}`) return;
    navigate("/", { replace: true });
    queryClient.removeQueries({ queryKey: messagesKey(user.id, conversationId) });
  }

  const actions: MessageActions = {
    retry: ({ id, text, isStored }) =>
      outbox.resend({ key: id, text, conversationId: isStored ? (conversationId ?? null) : null }),
    sendAsNew: ({ id, text }) => {
      outbox.discard(id);
      send(text);
    },
    edit: (entry) => void discard(entry, "added"),
    discard: (entry) => void discard(entry, "dropped"),
    moveToNew: ({ text }) => {
      appendDraft(user.id, null, text);
      navigate("/");
    },
  };

  const waiting = entries.findLast(
    (entry): entry is UserEntry =>
      entry.role === "user" && (entry.delivery.state === "sending" || entry.delivery.state === "discarding"),
  );
  return {
    stored,
    entries,
    isWaiting: waiting !== undefined,
    lastAnswer: lastAnswer?.conversationId === conversationId ? lastAnswer : undefined,
    send,
    stop: () => {
      if (waiting) void discard(waiting, "restored-to-empty-box");
    },
    actions,
  };
}
