import { codeInWords } from "../api/error-words.ts";
import { TextButton } from "../ui/Button.tsx";
import { ToolCalls } from "./ToolCalls.tsx";
import type { Delivery, UserEntry } from "./thread.ts";

/** What to do about a message that has no answer. */
export interface Remedies {
  /** The same message again, under the same key. */
  retry: (entry: UserEntry) => void;
  /** The same text as a message of its own, under a new key. */
  sendAsNew: (entry: UserEntry) => void;
  /** Back into the box, to be changed there. */
  takeBack: (entry: UserEntry) => void;
}

/** Turns that the server has closed for good: only another message can go on. */
const NEEDS_NEW_KEY = new Set(["turn_failed", "idempotency_key_reused"]);
/** Refusals of the message itself: sent again as it is, it fails again. */
const NEEDS_CHANGE = new Set(["invalid_request", "body_too_large"]);

export function UserMessage({ entry, remedies }: { entry: UserEntry; remedies: Remedies }) {
  return (
    <article aria-label="You" className="flex flex-col items-end gap-1.5">
      <div className="max-w-[85%] whitespace-pre-wrap rounded-2xl rounded-br-md bg-bubble px-4 py-2.5 [overflow-wrap:anywhere]">
        {entry.text}
      </div>
      {entry.delivery.state !== "answered" && <ToolCalls calls={entry.toolCalls} />}
      {entry.delivery.state === "unanswered" && (
        <p className="flex max-w-[85%] flex-wrap items-center justify-end gap-x-3 gap-y-1 text-right text-muted text-sm">
          No answer to this yet. <TextButton onClick={() => remedies.retry(entry)}>Ask again</TextButton>
        </p>
      )}
      {entry.delivery.state === "failed" && <Failure entry={entry} delivery={entry.delivery} remedies={remedies} />}
    </article>
  );
}

interface FailureProps {
  entry: UserEntry;
  delivery: Delivery & { state: "failed" };
  remedies: Remedies;
}

function Failure({ entry, delivery: { errorCode = "" }, remedies }: FailureProps) {
  return (
    <p role="alert" className="flex max-w-[85%] flex-wrap items-center justify-end gap-x-3 gap-y-1 text-right text-sm">
      <span className="text-danger">{codeInWords(errorCode)}</span>
      <span className="flex gap-x-3">
        {!NEEDS_CHANGE.has(errorCode) && !NEEDS_NEW_KEY.has(errorCode) && (
          <TextButton onClick={() => remedies.retry(entry)}>Retry</TextButton>
        )}
        {NEEDS_NEW_KEY.has(errorCode) && (
          <TextButton onClick={() => remedies.sendAsNew(entry)}>Send as a new message</TextButton>
        )}
        {!entry.isStored && <TextButton onClick={() => remedies.takeBack(entry)}>Edit</TextButton>}
      </span>
    </p>
  );
}
