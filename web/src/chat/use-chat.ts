import { useInfiniteQuery } from "@tanstack/react-query";
import type { MessagePublic } from "@taskchat/shared-schema/api";
import { useEffect } from "react";
import { useLocation, useNavigate } from "react-router";
import { useUser } from "../account/session.ts";
import { appendDraft, moveNewDraft } from "../conversations/drafts.ts";
import { messagesQuery } from "../conversations/queries.ts";
import type { OutgoingMessage } from "./outbox.ts";
import { buildThread } from "./thread.ts";
import type { MessageActions } from "./UserMessage.tsx";
import { useFoundMessage } from "./use-found-message.ts";
import { useOutbox } from "./use-outbox.ts";

/** State of the history entry of a new conversation, which has no URL yet: the key of its first message. */
interface NewChatState {
  readonly sent: string;
}

const NO_MESSAGES: readonly MessagePublic[] = [];

/**
 * Returns the messages of a conversation and the actions on them.
 *
 * @param conversationId - undefined for a new one. The page navigates to its URL as soon as it has one.
 */
export function useChat(conversationId: string | undefined) {
  const user = useUser();
  const navigate = useNavigate();
  const { outbox, outgoing, lastAnswer } = useOutgoing(conversationId);
  const stored = useInfiniteQuery({
    ...messagesQuery(user.id, conversationId ?? ""),
    enabled: conversationId !== undefined,
  });
  useFoundMessage({
    messages: stored.data?.messages ?? NO_MESSAGES,
    pages: stored.data?.pages ?? 0,
    showEarlier: stored.hasNextPage && !stored.isFetching ? stored.fetchNextPage : undefined,
  });
  const entries = buildThread(stored.data?.messages ?? [], outgoing, stored.data?.running);

  function send(text: string): void {
    rememberKey(outbox.send(text, conversationId ?? null));
  }

  function rememberKey(key: string): void {
    if (conversationId !== undefined) return;
    const state: NewChatState = { sent: key };
    void navigate("/", { state, replace: true });
  }

  const actions: MessageActions = {
    retry: ({ id, text }) => {
      outbox.resend({ key: id, text, conversationId: conversationId ?? null });
      rememberKey(id);
    },
    sendAsNew: ({ id, text }) => {
      outbox.discard(id);
      send(text);
    },
    edit: ({ id, text }) => {
      outbox.discard(id);
      appendDraft(user.id, conversationId ?? null, text);
    },
  };

  const isWaiting = entries.some((entry) => entry.role === "user" && entry.delivery.state === "sending");
  return { stored, entries, isWaiting, lastAnswer, send, actions };
}

/** Messages that failed before they got a conversation. The new chat shows them. */
const isUnassigned = ({ conversationId, state }: OutgoingMessage) => conversationId === null && state === "failed";

/** The outgoing messages of this conversation. */
function useOutgoing(conversationId: string | undefined) {
  const user = useUser();
  const { outbox, outgoing: all, lastAnswer } = useOutbox(user.id);
  const navigate = useNavigate();
  const { state } = useLocation();
  const sent = (state as NewChatState | null)?.sent;
  const outgoing = all.filter((message) =>
    conversationId === undefined
      ? message.key === sent || isUnassigned(message)
      : message.conversationId === conversationId,
  );

  const createdId = conversationId === undefined ? all.find(({ key }) => key === sent)?.conversationId : undefined;
  useEffect(() => {
    if (!createdId) return;
    moveNewDraft(user.id, createdId);
    void navigate(`/c/${createdId}`, { replace: true });
  }, [createdId, navigate, user.id]);

  return { outbox, outgoing, lastAnswer: lastAnswer?.conversationId === conversationId ? lastAnswer : undefined };
}
