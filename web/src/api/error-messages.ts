import { LANGUAGE } from "../language.ts";
import { ApiError } from "./api-error.ts";
import { MESSAGES, MOMENT, RENEWED, RETRY_NOW, renewsAt, retryIn, UNKNOWN } from "./texts.ts";

/**
 * Returns a message for the user. Errors with an unknown code show their own text if it is a sentence.
 *
 * @param secondsLeft - how long to wait from now. By default, as long as the error said.
 * @param tooMany - what there was too much of, instead of requests.
 */
export function errorMessage(error: unknown, secondsLeft?: number, tooMany?: string): string {
  if (!(error instanceof ApiError)) return messageFor(undefined);
  if (!(error.code in MESSAGES) && error.message.includes(" ")) return error.message;
  const message = messageFor(error.code, secondsLeft ?? error.retryAfterSeconds);
  return tooMany && error.code === "rate_limited" ? message.replace(summaryForCode(error.code), tooMany) : message;
}

/** The message for an error's code. @param secondsLeft - how long to wait, if known. */
export function messageFor(code: string | undefined, secondsLeft?: number): string {
  const [summary, advice] = MESSAGES[code ?? ""] ?? UNKNOWN;
  if (code === "budget_used") return `${summary} ${budgetAdvice(secondsLeft)}`;
  if (advice !== MOMENT || secondsLeft === undefined) return advice ? `${summary} ${advice}` : summary;
  return `${summary} ${secondsLeft > 0 ? retryIn(formatWait(secondsLeft)) : RETRY_NOW}`;
}

/** Whether the page has words for this code. */
export const hasMessage = (code: string): boolean => Object.hasOwn(MESSAGES, code);

function formatWait(seconds: number): string {
  const [count, unit] = seconds < 60 ? [seconds, "second"] : [Math.ceil(seconds / 60), "minute"];
  return new Intl.NumberFormat(LANGUAGE, { style: "unit", unit, unitDisplay: "long" }).format(count);
}

/** Allowances start again at midnight UTC. */
function budgetAdvice(secondsLeft: number | undefined): string {
  if (secondsLeft === 0) return RENEWED;
  const midnight = new Date();
  midnight.setUTCHours(24, 0, 0, 0);
  const time = new Intl.DateTimeFormat(LANGUAGE, { timeStyle: "short" }).format(midnight);
  return renewsAt(time, midnight.getDate() === new Date().getDate());
}

/** The message without its advice. */
export function summaryForCode(code: string): string {
  return (MESSAGES[code] ?? UNKNOWN)[0];
}
