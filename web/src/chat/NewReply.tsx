import { useDomain } from "../lib/domain.ts";
import type { NewAnswer } from "./outbox.ts";
import { PlainReply } from "./Reply.tsx";
import * as texts from "./texts.tsx";
import { describeToolCalls } from "./tool-calls.ts";

/** Announces a new reply to screen readers: what the assistant did, then what it says. */
export function NewReply({ answer }: { answer: NewAnswer | undefined }) {
  return (
    <div role="status" aria-label={texts.NEW_REPLY} className="sr-only">
      {answer && <Announcement key={answer.key} answer={answer} />}
    </div>
  );
}

function Announcement({ answer: { text, toolCalls } }: { answer: NewAnswer }) {
  const done = describeToolCalls(toolCalls, useDomain().describeToolCall).map(({ words }) => words);
  return (
    <>
      {done.length > 0 && <p>{texts.announceActions(done)}</p>}
      <PlainReply>{text}</PlainReply>
    </>
  );
}
