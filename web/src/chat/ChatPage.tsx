import { useParams } from "react-router";
import { useUser } from "../account/session.ts";
import { ApiError } from "../api/api-error.ts";
import { inWords } from "../api/error-words.ts";
import { UnknownConversation } from "../conversations/UnknownConversation.tsx";
import { Button } from "../ui/Button.tsx";
import { PageMessage } from "../ui/PageMessage.tsx";
import { Composer } from "./Composer.tsx";
import { EmptyChat } from "./EmptyChat.tsx";
import { NewReply } from "./NewReply.tsx";
import { Thread } from "./Thread.tsx";
import type { Remedies } from "./UserMessage.tsx";
import { useChat } from "./use-chat.ts";
import { useMessageBox } from "./use-message-box.ts";

/** A conversation of somebody else is unknown too; an address that can be none is refused as invalid. */
const IS_UNKNOWN = new Set(["conversation_not_found", "invalid_request"]);

/** A conversation, or the beginning of one. */
export function ChatPage() {
  const user = useUser();
  const { conversationId } = useParams();
  const { stored, entries, isAnswering, lastAnswer, send, remedies } = useChat(conversationId);
  const box = useMessageBox(conversationId);

  if (stored.error instanceof ApiError && IS_UNKNOWN.has(stored.error.code)) return <UnknownConversation />;
  return (
    <>
      {stored.isLoadingError ? (
        <CannotBeShown error={stored.error} retry={() => void stored.refetch()} />
      ) : conversationId === undefined && entries.length === 0 ? (
        <EmptyChat firstName={user.name.split(" ", 1).join()} onChoose={box.thenFocus(send)} />
      ) : (
        <Thread
          conversationId={conversationId}
          entries={entries}
          remedies={focusing(box.thenFocus, remedies)}
          showEarlier={stored.hasNextPage ? () => void stored.fetchNextPage() : undefined}
          isFetchingEarlier={stored.isFetchingNextPage}
        />
      )}
      <NewReply answer={lastAnswer} />
      <Composer
        ref={box.ref}
        text={box.text}
        onChange={box.setText}
        onSend={() => {
          send(box.text.trim());
          box.setText("");
        }}
        isAnswering={isAnswering}
      />
    </>
  );
}

/** The remedies' buttons go away when they are used; the focus goes to the box then. */
function focusing(
  thenFocus: <Argument>(act: (argument: Argument) => void) => (argument: Argument) => void,
  { retry, sendAsNew, takeBack }: Remedies,
): Remedies {
  return { retry: thenFocus(retry), sendAsNew: thenFocus(sendAsNew), takeBack: thenFocus(takeBack) };
}

function CannotBeShown({ error, retry }: { error: unknown; retry: () => void }) {
  return (
    <PageMessage
      heading="h2"
      urgent
      title="This conversation cannot be shown"
      action={<Button onClick={retry}>Try again</Button>}
    >
      {inWords(error)}
    </PageMessage>
  );
}
