import type { NewAnswer } from "./outbox.ts";

/** Announces a new reply to screen readers. */
export function NewReply({ answer }: { answer: NewAnswer | undefined }) {
  return (
    <div role="status" aria-label="New reply" className="sr-only">
      {answer && <p key={answer.key}>{answer.text}</p>}
    </div>
  );
}
