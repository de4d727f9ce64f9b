import { summaryForCode } from "../api/error-messages.ts";
import { useIsOnline } from "../lib/connection.ts";
import * as texts from "./texts.tsx";

/** Errors that mean the turn is still running. Other errors are shown during retries. */
const RUNNING = new Set(["turn_in_progress"]);

/** Shows that a reply is pending, and why it takes longer. */
export function Thinking({ errorCode }: { errorCode: string | undefined }) {
  const isOnline = useIsOnline();
  const problem = errorCode && !RUNNING.has(errorCode) ? summaryForCode(errorCode) : undefined;
  return (
    <p role="status" className="flex items-center gap-3 text-muted text-sm">
      <span aria-hidden className="thinking flex gap-1">
        <span />
        <span />
        <span />
      </span>
      {!isOnline ? (
        texts.WAITING_FOR_CONNECTION
      ) : problem ? (
        texts.stillTrying(problem)
      ) : (
        <span className="sr-only">{texts.THINKING}</span>
      )}
    </p>
  );
}
