import { useInfiniteQuery, useQuery } from "@tanstack/react-query";
import { useEffect, useRef } from "react";
import { useLocation, useNavigate, useParams } from "react-router";
import { useUser } from "../account/session.ts";
import { ApiError } from "../api/api-error.ts";
import { inWords } from "../api/error-words.ts";
import { messagesQuery } from "../conversations/queries.ts";
import { UnknownConversation } from "../conversations/UnknownConversation.tsx";
import { Button } from "../ui/Button.tsx";
import { PageMessage } from "../ui/PageMessage.tsx";
import { useMediaQuery } from "../ui/use-media-query.ts";
import { Composer } from "./Composer.tsx";
import { appendDraft, moveNewDraft, useDraft } from "./drafts.ts";
import { EmptyChat } from "./EmptyChat.tsx";
import { NewReply } from "./NewReply.tsx";
import { configQuery } from "./queries.ts";
import { Thread } from "./Thread.tsx";
import { threadOf, type UserEntry } from "./thread.ts";
import type { Remedies } from "./UserMessage.tsx";
import { useOutbox } from "./use-outbox.ts";

const DEFAULT_MAX_CHARS = 8000;
const IS_UNKNOWN = new Set(["conversation_not_found", "invalid_request"]);

/** A conversation, or the beginning of one. */
export function ChatPage() {
  const user = useUser();
  const { conversationId } = useParams();
  const { outbox, outgoing, lastAnswer } = useConversationOutgoing(user.id, conversationId);
  const stored = useInfiniteQuery({
    ...messagesQuery(user.id, conversationId ?? ""),
    enabled: conversationId !== undefined,
  });
  const config = useQuery(configQuery);
  const [draft, setDraft] = useDraft(user.id, conversationId ?? null);
  const box = useFocusedBox(conversationId);
  const navigate = useNavigate();

  const entries = threadOf(stored.data ?? [], outgoing);
  const isAnswering = entries.some((entry) => entry.role === "user" && entry.delivery.state === "sending");

  function send(text: string): void {
    const key = outbox.send(text, conversationId ?? null);
    // A new conversation has no address yet; until then this page is known by what it sent, also after a reload.
    if (conversationId === undefined) void navigate("/", { state: { sent: key }, replace: true });
    box.current?.focus();
  }

  const remedies: Remedies = {
    retry: ({ id, text }) => {
      outbox.resend({ key: id, text, conversationId: conversationId ?? null });
      box.current?.focus();
    },
    sendAsNew: (entry) => {
      outbox.discard(entry.id);
      send(entry.text);
    },
    takeBack: ({ id, text }: UserEntry) => {
      outbox.discard(id);
      appendDraft(user.id, conversationId ?? null, text);
      box.current?.focus();
    },
  };

  if (stored.error instanceof ApiError && IS_UNKNOWN.has(stored.error.code)) return <UnknownConversation />;
  return (
    <>
      {stored.error && !stored.data ? (
        <PageMessage
          urgent
          heading="h2"
          title="This conversation cannot be shown"
          action={<Button onClick={() => void stored.refetch()}>Try again</Button>}
        >
          {inWords(stored.error)}
        </PageMessage>
      ) : entries.length > 0 || conversationId ? (
        <Thread
          conversationId={conversationId}
          entries={entries}
          remedies={remedies}
          showEarlier={stored.hasNextPage ? () => void stored.fetchNextPage() : undefined}
          isFetchingEarlier={stored.isFetchingNextPage}
        />
      ) : (
        <div className="scroller flex min-h-0 flex-1 px-4">
          <EmptyChat name={user.name} onChoose={send} />
        </div>
      )}
      <NewReply answer={lastAnswer?.conversationId === conversationId ? lastAnswer : undefined} />
      <div className="mx-auto w-full max-w-3xl px-4 pb-4 sm:px-6 sm:pb-6">
        <Composer
          ref={box}
          text={draft}
          onChange={setDraft}
          onSend={() => {
            send(draft.trim());
            setDraft("");
          }}
          isAnswering={isAnswering}
          maxChars={config.data?.message_max_chars ?? DEFAULT_MAX_CHARS}
        />
      </div>
    </>
  );
}

/** What is on its way in this conversation. The page of a new one moves to its address as soon as it has got one. */
function useConversationOutgoing(userId: string, conversationId: string | undefined) {
  const { outbox, outgoing: all, lastAnswer } = useOutbox(userId);
  const navigate = useNavigate();
  const { state } = useLocation();
  const sent = (state as { sent?: string } | null)?.sent;
  const outgoing = all.filter((message) =>
    conversationId === undefined ? message.key === sent : message.conversationId === conversationId,
  );
  const arrivedAt = conversationId === undefined ? outgoing[0]?.conversationId : undefined;
  useEffect(() => {
    if (!arrivedAt) return;
    moveNewDraft(userId, arrivedAt);
    void navigate(`/c/${arrivedAt}`, { replace: true });
  }, [arrivedAt, navigate, userId]);
  return { outbox, outgoing, lastAnswer };
}

/** The box has the focus whenever a conversation is opened, but where that would pull up a keyboard on the screen. */
function useFocusedBox(conversationId: string | undefined) {
  const box = useRef<HTMLTextAreaElement>(null);
  const hasKeyboard = useMediaQuery("(hover: hover) and (pointer: fine)");
  // biome-ignore lint/correctness/useExhaustiveDependencies: another conversation is another reason.
  useEffect(() => {
    if (hasKeyboard) box.current?.focus({ preventScroll: true });
  }, [conversationId, hasKeyboard]);
  return box;
}
