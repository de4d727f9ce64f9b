import { PRODUCT } from "../product.ts";
import { ApiError } from "./api-error.ts";

/** What happened, and what to do about it where that is not plain. */
type Words = readonly [what: string, advice?: string];

/** By the `code` of our problems and of Better Auth's refusals. */
const WORDS: Readonly<Record<string, Words>> = {
  unreachable: [`${PRODUCT.name} isn't responding.`, "Try again in a moment."],
  timeout: ["This took too long.", "Try again."],
  unauthenticated: ["Your session has ended.", "Sign in again; what you typed is kept."],
  user_mismatch: ["Somebody else has signed in in this browser.", "Load the page again."],
  conversation_not_found: ["This conversation does not exist any more."],
  not_found: ["There is nothing at this address."],
  turn_in_progress: ["This message is still being answered.", "Try again in a moment."],
  conversation_busy: ["Another message of this conversation is being answered.", "Try again when it is done."],
  turn_failed: ["This message could not be answered, however often it was tried."],
  body_too_large: ["This is too long to be sent.", "Make it shorter."],
  invalid_request: ["This cannot be sent as it is.", "It may be too long, or hold characters that cannot be stored."],
  idempotency_key_reused: ["This message got mixed up with another one."],
  rate_limited: ["That was a lot in a short time.", "Wait a moment and try again."],
  model_error: ["The assistant's model could not answer this."],
  model_unavailable: ["The assistant's model is not available right now.", "Try again in a moment."],
  model_timeout: ["The assistant's model took too long.", "Try again."],
  database_unavailable: ["The database cannot be reached right now.", "Try again in a moment."],
  auth_unavailable: ["Sign-in cannot be checked right now.", "Try again in a moment."],
  export_unavailable: ["There is no room for an export just now.", "Try again in a moment."],
  internal_error: ["Something went wrong on our side.", "Try again."],
  cookies_refused: ["Your browser keeps no cookies of this page.", "Allow them and try again."],
  INVALID_EMAIL_OR_PASSWORD: ["This e-mail address and password do not fit together."],
  INVALID_EMAIL: ["This is not an e-mail address."],
  EMAIL_TOO_LONG: ["This email address is too long."],
  INVALID_NAME: ["This name is empty or too long."],
  INVALID_PASSWORD: ["This password is not right."],
  PASSWORD_TOO_SHORT: ["This password is too short."],
  PASSWORD_TOO_WEAK: ["This password is too easy to guess.", "Try three or four unrelated words."],
  PASSWORD_COMPROMISED: ["This password has appeared in a data breach.", "Choose another one."],
  PASSWORD_TOO_LONG: ["This password is too long."],
  PASSWORD_REQUIRED: ["Enter your password."],
  USER_ALREADY_EXISTS: ["There is an account with this e-mail address already.", "Sign in instead."],
  USER_ALREADY_EXISTS_USE_ANOTHER_EMAIL: ["There is an account with this e-mail address already.", "Sign in instead."],
  VERIFICATION_EMAIL_NOT_ENABLED: ["Email isn't set up here.", "You can sign in without confirming your email."],
  RESET_PASSWORD_DISABLED: ["Email isn't set up here.", "Ask your administrator."],
  EMAIL_ALREADY_VERIFIED: ["This e-mail address is confirmed already."],
  CREDENTIAL_ACCOUNT_NOT_FOUND: ["This account has no password."],
  SESSION_NOT_FRESH: ["You signed in a while ago.", "Sign out, sign in again, and do this within ten minutes."],
  TOKEN_EXPIRED: ["It has run out."],
  INVALID_TOKEN: ["It was used already, has run out, or is incomplete."],
  USER_NOT_FOUND: ["There is no such account any more."],
};

const UNKNOWN: Words = ["Something went wrong.", "Try again."];

/** A failure in words. An unknown code speaks for itself, if its error brought a sentence along. */
export function inWords(error: unknown): string {
  if (!(error instanceof ApiError)) return codeInWords(undefined);
  if (error.code === "rate_limited")
    return `${whatHappened(error.code)} Wait ${howLong(error) ?? "a moment"} and try again.`;
  const isKnown = error.code in WORDS;
  return !isKnown && error.message.includes(" ") ? error.message : codeInWords(error.code);
}

/** How long to wait before another try, where that is known. */
export function howLong({ retryAfterSeconds: seconds }: ApiError): string | undefined {
  if (seconds === undefined) return undefined;
  const [count, unit] = seconds < 60 ? [seconds, "second"] : [Math.ceil(seconds / 60), "minute"];
  return new Intl.NumberFormat("en", { style: "unit", unit, unitDisplay: "long" }).format(count);
}

export function codeInWords(code: string | undefined): string {
  return (WORDS[code ?? ""] ?? UNKNOWN).join(" ");
}

/** What happened, for those who need do nothing about it. */
export function whatHappened(code: string): string {
  return (WORDS[code] ?? UNKNOWN)[0];
}
