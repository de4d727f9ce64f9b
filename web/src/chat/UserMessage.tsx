import { FailureText } from "../api/ErrorText.tsx";
import { TextButton } from "../ui/Button.tsx";
import { CopyButton } from "../ui/CopyButton.tsx";
import { ToolCalls } from "./ToolCalls.tsx";
import * as texts from "./texts.tsx";
import type { Delivery, UserEntry } from "./thread.ts";

/** Actions for a message without a reply. */
export interface MessageActions {
  /** Sends the message again with the same key. */
  retry: (entry: UserEntry) => void;
  /** Sends the text as a new message with a new key. */
  sendAsNew: (entry: UserEntry) => void;
  /** Discards the message and moves its text back to the message box. */
  edit: (entry: UserEntry) => void;
  /** Discards the message. What tools have changed stays. */
  discard: (entry: UserEntry) => void;
  /** Moves the text to the message box of a new conversation. */
  moveToNew: (entry: UserEntry) => void;
}

/** The server will never accept this key again. */
const NEEDS_NEW_KEY = new Set(["turn_failed", "idempotency_key_reused"]);
/** Without the earlier messages it may fit. */
const NEEDS_NEW_CONVERSATION = new Set(["too_long_for_model"]);
/** The text itself is invalid, so a retry would fail too. */
const NEEDS_CHANGE = new Set(["invalid_request", "body_too_large"]);

export function UserMessage({ entry, actions }: { entry: UserEntry; actions: MessageActions }) {
  return (
    <article aria-label={texts.YOU} className="group relative flex flex-col items-end gap-1.5">
      <div
        dir="auto"
        className="max-w-[85%] whitespace-pre-wrap rounded-2xl rounded-br-md bg-bubble px-4 py-2.5 [overflow-wrap:anywhere]"
      >
        {entry.text}
      </div>
      {entry.delivery.state !== "answered" && <ToolCalls calls={entry.toolCalls} />}
      {entry.delivery.state === "unanswered" && (
        <p className="flex max-w-[85%] flex-wrap items-center justify-end gap-x-3 gap-y-1 text-right text-muted text-sm">
          {texts.NO_REPLY}
          <span className="flex gap-x-3">
            <TextButton onClick={() => actions.retry(entry)}>{texts.RETRY}</TextButton>
            <EditAndDiscard entry={entry} actions={actions} />
          </span>
        </p>
      )}
      <CopyButton
        label={texts.COPY_MESSAGE}
        className="absolute top-full -right-1 -mt-1 group-focus-within:opacity-100 group-hover:opacity-100 hovering:opacity-0"
        getText={() => entry.text}
      />
      {entry.delivery.state === "failed" && <Failure entry={entry} delivery={entry.delivery} actions={actions} />}
    </article>
  );
}

function EditAndDiscard({ entry, actions }: { entry: UserEntry; actions: MessageActions }) {
  return (
    <>
      <TextButton onClick={() => actions.edit(entry)}>{texts.EDIT}</TextButton>
      <TextButton onClick={() => actions.discard(entry)}>{texts.DISCARD}</TextButton>
    </>
  );
}

interface FailureProps {
  entry: UserEntry;
  delivery: Delivery & { state: "failed" };
  actions: MessageActions;
}

function Failure({ entry, delivery: { errorCode = "", retryAt }, actions }: FailureProps) {
  return (
    <p role="alert" className="flex max-w-[85%] flex-wrap items-center justify-end gap-x-3 gap-y-1 text-right text-sm">
      <span className="text-danger">
        <FailureText code={errorCode} retryAt={retryAt} />
      </span>
      <span className="flex gap-x-3">
        {NEEDS_NEW_CONVERSATION.has(errorCode) && (
          <TextButton onClick={() => actions.moveToNew(entry)}>{texts.CONTINUE_IN_NEW}</TextButton>
        )}
        {![NEEDS_CHANGE, NEEDS_NEW_KEY, NEEDS_NEW_CONVERSATION].some((codes) => codes.has(errorCode)) && (
          <TextButton onClick={() => actions.retry(entry)}>{texts.RETRY}</TextButton>
        )}
        {NEEDS_NEW_KEY.has(errorCode) && (
          <TextButton onClick={() => actions.sendAsNew(entry)}>{texts.SEND_AS_NEW}</TextButton>
        )}
        <EditAndDiscard entry={entry} actions={actions} />
      </span>
    </p>
  );
}
