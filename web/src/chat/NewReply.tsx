import type { NewAnswer } from "./outbox.ts";
import { PlainReply } from "./Reply.tsx";

/** Announces a new reply to screen readers. */
export function NewReply({ answer }: { answer: NewAnswer | undefined }) {
  return (
    <div role="status" aria-label="New reply" className="sr-only">
      {answer && <PlainReply key={answer.key}>{answer.text}</PlainReply>}
    </div>
  );
}
