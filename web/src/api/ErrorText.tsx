import { FormError } from "../ui/FormMessage.tsx";
import { useSecondsLeft } from "../ui/use-seconds-left.ts";
import { ApiError } from "./api-error.ts";
import { errorMessage, messageFor } from "./error-messages.ts";

interface FailureTextProps {
  code: string;
  /** When a retry makes sense, in epoch milliseconds. */
  retryAt?: number | undefined;
}

/** Says why something failed and counts down until a retry makes sense. */
export function FailureText({ code, retryAt }: FailureTextProps) {
  return <Countdown until={retryAt}>{(seconds) => messageFor(code, seconds)}</Countdown>;
}

interface ErrorTextProps {
  error: unknown;
  /** Replaces “Too many requests.” */
  tooMany?: string | undefined;
}

/** Says why a request failed and counts down until a retry makes sense. */
export function ErrorText({ error, tooMany }: ErrorTextProps) {
  const until = error instanceof ApiError ? error.retryAt : undefined;
  return <Countdown until={until}>{(seconds) => errorMessage(error, seconds, tooMany)}</Countdown>;
}

/** The error of a form, announced when it appears. */
export function RequestError({ error, tooMany }: ErrorTextProps) {
  if (!error) return null;
  return (
    <FormError>
      <ErrorText error={error} tooMany={tooMany} />
    </FormError>
  );
}

interface CountdownProps {
  until: number | undefined;
  children: (secondsLeft: number | undefined) => string;
}

/** Screen readers hear the text once, not each second. */
function Countdown({ until, children: textAt }: CountdownProps) {
  const left = useSecondsLeft(until);
  const text = textAt(left);
  if (left === undefined || text === textAt(undefined)) return <span>{text}</span>;
  return (
    <span role="timer" aria-live="off" className="tabular-nums">
      {text}
    </span>
  );
}
