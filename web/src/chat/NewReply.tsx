import { PlainText } from "./Markdown.tsx";
import type { NewAnswer } from "./outbox.ts";

/** Announces a new reply to screen readers. */
export function NewReply({ answer }: { answer: NewAnswer | undefined }) {
  return (
    <div role="status" aria-label="New reply" className="sr-only">
      {answer && <PlainText key={answer.key}>{answer.text}</PlainText>}
    </div>
  );
}
