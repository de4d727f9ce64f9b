import { useInfiniteQuery } from "@tanstack/react-query";
import { useEffect } from "react";
import { useLocation, useNavigate } from "react-router";
import { useUser } from "../account/session.ts";
import { appendDraft, moveNewDraft } from "../conversations/drafts.ts";
import { messagesQuery } from "../conversations/queries.ts";
import type { OutgoingMessage } from "./outbox.ts";
import { threadOf } from "./thread.ts";
import type { Remedies } from "./UserMessage.tsx";
import { useOutbox } from "./use-outbox.ts";

/** What is kept in the history entry of a new conversation, which has no address yet: the key of what it sent. */
interface NewChatState {
  readonly sent: string;
}

/**
 * A conversation: what was said, what is on its way, and what can be done about it.
 *
 * @param conversationId - undefined for a new one. The page moves to its address as soon as it has got one.
 */
export function useChat(conversationId: string | undefined) {
  const user = useUser();
  const navigate = useNavigate();
  const { outbox, outgoing, lastAnswer } = useOutgoing(conversationId);
  const stored = useInfiniteQuery({
    ...messagesQuery(user.id, conversationId ?? ""),
    enabled: conversationId !== undefined,
  });
  const entries = threadOf(stored.data ?? [], outgoing);

  function send(text: string): void {
    keepInView(outbox.send(text, conversationId ?? null));
  }

  function keepInView(key: string): void {
    if (conversationId !== undefined) return;
    const state: NewChatState = { sent: key };
    void navigate("/", { state, replace: true });
  }

  const remedies: Remedies = {
    retry: ({ id, text }) => {
      outbox.resend({ key: id, text, conversationId: conversationId ?? null });
      keepInView(id);
    },
    sendAsNew: ({ id, text }) => {
      outbox.discard(id);
      send(text);
    },
    takeBack: ({ id, text }) => {
      outbox.discard(id);
      appendDraft(user.id, conversationId ?? null, text);
    },
  };

  const isAnswering = entries.some((entry) => entry.role === "user" && entry.delivery.state === "sending");
  return { stored, entries, isAnswering, lastAnswer, send, remedies };
}

/** Whether no conversation has taken it in: it is shown where new ones begin, or it would be nowhere. */
const isStranded = ({ conversationId, state }: OutgoingMessage) => conversationId === null && state === "failed";

/** What is on its way in this conversation. */
function useOutgoing(conversationId: string | undefined) {
  const user = useUser();
  const { outbox, outgoing: all, lastAnswer } = useOutbox(user.id);
  const navigate = useNavigate();
  const { state } = useLocation();
  const sent = (state as NewChatState | null)?.sent;
  const outgoing = all.filter((message) =>
    conversationId === undefined
      ? message.key === sent || isStranded(message)
      : message.conversationId === conversationId,
  );

  const arrivedAt = conversationId === undefined ? all.find(({ key }) => key === sent)?.conversationId : undefined;
  useEffect(() => {
    if (!arrivedAt) return;
    moveNewDraft(user.id, arrivedAt);
    void navigate(`/c/${arrivedAt}`, { replace: true });
  }, [arrivedAt, navigate, user.id]);

  return { outbox, outgoing, lastAnswer: lastAnswer?.conversationId === conversationId ? lastAnswer : undefined };
}
