import type { NewAnswer } from "./outbox.ts";

/** Reads a reply that has just come out to those who do not see it. */
export function NewReply({ answer }: { answer: NewAnswer | undefined }) {
  return (
    <div role="status" aria-label="New reply" className="sr-only">
      {answer && <p key={answer.key}>{answer.text}</p>}
    </div>
  );
}
