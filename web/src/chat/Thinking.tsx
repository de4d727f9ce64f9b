import { whatHappened } from "../api/error-words.ts";

/** Refusals that mean that the turn is running; all others are told while the message is sent again. */
const IS_RUNNING = new Set(["turn_in_progress"]);

/** Shows that an answer is on its way, or why it takes longer. */
export function Thinking({ errorCode }: { errorCode: string | undefined }) {
  const trouble = errorCode && !IS_RUNNING.has(errorCode) ? whatHappened(errorCode) : undefined;
  return (
    <p role="status" className="flex items-center gap-3 text-muted text-sm">
      <span aria-hidden className="thinking flex gap-1">
        <span />
        <span />
        <span />
      </span>
      {trouble ? `${trouble} Still trying…` : <span className="sr-only">Thinking…</span>}
    </p>
  );
}
