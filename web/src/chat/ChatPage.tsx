import { type RefObject, useEffect } from "react";
import { useParams } from "wouter";
import { useUser } from "../account/session.ts";
import { ApiError } from "../api/api-error.ts";
import { ErrorText } from "../api/ErrorText.tsx";
import { useDraft } from "../conversations/drafts.ts";
import { UnknownConversation } from "../conversations/UnknownConversation.tsx";
import { Button } from "../ui/Button.tsx";
import { PageMessage } from "../ui/PageMessage.tsx";
import { TRY_AGAIN } from "../ui/texts.ts";
import { Composer } from "./Composer.tsx";
import { EmptyChat } from "./EmptyChat.tsx";
import { NewReply } from "./NewReply.tsx";
import { loadMarkdown } from "./Reply.tsx";
import { Thread } from "./Thread.tsx";
import { ThreadSkeleton } from "./ThreadSkeleton.tsx";
import * as texts from "./texts.tsx";
import type { MessageActions } from "./UserMessage.tsx";
import { useChat } from "./use-chat.ts";
import { useMessageBox } from "./use-message-box.ts";

/** invalid_request: the id in the URL is not a UUID. */
const NOT_FOUND = new Set(["conversation_not_found", "invalid_request"]);

/** Shows a conversation or a new chat. */
export function ChatPage() {
  const user = useUser();
  const { conversationId } = useParams();
  const { stored, entries, isWaiting, lastAnswer, send, stop, actions } = useChat(conversationId);
  const box = useMessageBox(conversationId);

  if (conversationId && stored.error instanceof ApiError && NOT_FOUND.has(stored.error.code))
    return <UnknownConversation userId={user.id} conversationId={conversationId} />;
  return (
    <>
      {stored.isLoadingError ? (
        <LoadError error={stored.error} retry={() => void stored.refetch()} />
      ) : conversationId !== undefined && stored.isPending && stored.isPaused && entries.length === 0 ? (
        <PageMessage heading="h2" title={texts.OFFLINE}>
          {texts.OFFLINE_DESCRIPTION}
        </PageMessage>
      ) : conversationId === undefined && entries.length === 0 ? (
        <EmptyChat firstName={user.name.split(" ", 1).join()} onChoose={box.thenFocus(send)} />
      ) : stored.isLoading && entries.length === 0 ? (
        <ThreadSkeleton />
      ) : (
        <Thread
          conversationId={conversationId}
          entries={entries}
          actions={focusing(box.thenFocus, actions)}
          showEarlier={stored.hasNextPage ? () => void stored.fetchNextPage() : undefined}
          isFetchingEarlier={stored.isFetchingNextPage}
        />
      )}
      <NewReply answer={lastAnswer} />
      <MessageBox
        ref={box.ref}
        conversationId={conversationId}
        send={send}
        lastSent={entries.findLast((entry) => entry.role === "user")?.text}
        isWaiting={isWaiting}
        onStop={box.thenFocus<void>(stop)}
      />
    </>
  );
}

interface MessageBoxProps {
  ref: RefObject<HTMLTextAreaElement | null>;
  conversationId: string | undefined;
  send: (text: string) => void;
  lastSent: string | undefined;
  isWaiting: boolean;
  onStop: () => void;
}

/** The message box with its draft. It alone renders again while one types, not a thousand messages. */
function MessageBox({ ref, conversationId, send, lastSent, isWaiting, onStop }: MessageBoxProps) {
  const user = useUser();
  const [text, setText] = useDraft(user.id, conversationId ?? null);
  const expectsReply = conversationId !== undefined || isWaiting || text !== "";
  useEffect(() => {
    if (expectsReply) void loadMarkdown();
  }, [expectsReply]);
  return (
    <Composer
      ref={ref}
      text={text}
      onChange={setText}
      onSend={() => {
        send(text.trim());
        setText("");
      }}
      lastSent={lastSent}
      isWaiting={isWaiting}
      onStop={onStop}
    />
  );
}

/** Moves the focus to the message box, because the buttons disappear when used. */
function focusing(
  thenFocus: <Argument>(act: (argument: Argument) => void) => (argument: Argument) => void,
  { retry, sendAsNew, edit, discard, moveToNew }: MessageActions,
): MessageActions {
  return {
    retry: thenFocus(retry),
    sendAsNew: thenFocus(sendAsNew),
    edit: thenFocus(edit),
    discard: thenFocus(discard),
    moveToNew,
  };
}

function LoadError({ error, retry }: { error: unknown; retry: () => void }) {
  return (
    <PageMessage heading="h2" urgent title={texts.LOADING_FAILED} action={<Button onClick={retry}>{TRY_AGAIN}</Button>}>
      <ErrorText error={error} />
    </PageMessage>
  );
}
