import { PRODUCT } from "../product.ts";
import { ApiError } from "./api-error.ts";

/** A summary, then advice if the user can do something. */
type Message = readonly [summary: string, advice?: string];

/** By the `code` of the api's and the auth service's errors. */
const MESSAGES: Readonly<Record<string, Message>> = {
  unreachable: [`${PRODUCT.name} isn't responding.`, "Try again in a moment."],
  timeout: ["This took too long.", "Try again."],
  unauthenticated: ["Your session has ended.", "Sign in again. Your text is saved."],
  user_mismatch: ["Someone else is signed in in this browser.", "Reload the page."],
  conversation_not_found: ["This conversation no longer exists."],
  not_found: ["Page not found."],
  turn_in_progress: ["Still answering this message.", "Try again in a moment."],
  conversation_busy: ["Still answering your previous message.", "Try again when it's done."],
  turn_discarded: ["This message was discarded."],
  turn_answered: ["This message is already answered."],
  turn_failed: ["We couldn't answer this message."],
  body_too_large: ["This is too long.", "Shorten it and try again."],
  invalid_request: ["This can't be sent.", "Shorten it or remove unusual characters."],
  idempotency_key_reused: ["We couldn't send this message."],
  rate_limited: ["Too many requests.", "Try again in a moment."],
  budget_used: ["Today's allowance is used up."],
  model_error: ["The assistant couldn't answer this."],
  model_unavailable: ["The assistant isn't available right now.", "Try again in a moment."],
  model_timeout: ["The assistant took too long.", "Try again."],
  database_unavailable: ["We're having trouble right now.", "Try again in a moment."],
  auth_unavailable: ["We can't check your sign-in right now.", "Try again in a moment."],
  export_unavailable: ["We can't export your data right now.", "Try again in a moment."],
  internal_error: ["Something went wrong on our side.", "Try again."],
  cookies_refused: ["Your browser blocks cookies for this page.", "Allow them and try again."],
  sign_up_closed: ["New accounts can't be created here.", "If you have an account, sign in."],
  email_domain_not_allowed: ["You can't sign up with an email at this domain."],
  INVALID_EMAIL_OR_PASSWORD: ["Incorrect email or password."],
  INVALID_EMAIL: ["This isn't a valid email."],
  EMAIL_TOO_LONG: ["This email is too long."],
  INVALID_NAME: ["This name is empty or too long."],
  INVALID_PASSWORD: ["That password is incorrect."],
  PASSWORD_TOO_SHORT: ["This password is too short."],
  PASSWORD_TOO_WEAK: ["This password is too easy to guess.", "Try three or four unrelated words."],
  PASSWORD_COMPROMISED: ["This password has appeared in a data breach.", "Choose a different one."],
  PASSWORD_TOO_LONG: ["This password is too long."],
  PASSWORD_REQUIRED: ["Enter your password."],
  USER_ALREADY_EXISTS: ["An account with this email already exists.", "Sign in instead."],
  USER_ALREADY_EXISTS_USE_ANOTHER_EMAIL: ["An account with this email already exists.", "Sign in instead."],
  VERIFICATION_EMAIL_NOT_ENABLED: ["Email isn't set up here.", "You can sign in without confirming your email."],
  RESET_PASSWORD_DISABLED: ["Email isn't set up here.", "Ask your administrator."],
  EMAIL_ALREADY_VERIFIED: ["This email is already confirmed."],
  CREDENTIAL_ACCOUNT_NOT_FOUND: ["This account has no password."],
  SESSION_NOT_FRESH: ["You signed in a while ago.", "Sign out, sign in again and try within ten minutes."],
  TOKEN_EXPIRED: ["This link has expired."],
  INVALID_TOKEN: ["It was already used, has expired or is incomplete."],
  USER_NOT_FOUND: ["This account no longer exists."],
};

const UNKNOWN: Message = ["Something went wrong.", "Try again."];

/** Returns a message for the user. Errors with an unknown code show their own text if it is a sentence. */
export function errorMessage(error: unknown): string {
  if (!(error instanceof ApiError)) return messageForCode(undefined);
  if (error.code === "rate_limited")
    return `${summaryForCode(error.code)} Try again in ${formatWait(error) ?? "a moment"}.`;
  const isKnown = error.code in MESSAGES;
  return !isKnown && error.message.includes(" ") ? error.message : messageForCode(error.code);
}

/** Formats how long to wait, if the error says so. */
export function formatWait({ retryAfterSeconds: seconds }: ApiError): string | undefined {
  if (seconds === undefined) return undefined;
  const [count, unit] = seconds < 60 ? [seconds, "second"] : [Math.ceil(seconds / 60), "minute"];
  return new Intl.NumberFormat("en", { style: "unit", unit, unitDisplay: "long" }).format(count);
}

export function messageForCode(code: string | undefined): string {
  const message = (MESSAGES[code ?? ""] ?? UNKNOWN).join(" ");
  return code === "budget_used" ? `${message} Try again after ${timeOfReset()}.` : message;
}

/** When allowances start again, in the user's time zone. */
function timeOfReset(): string {
  const midnight = new Date();
  midnight.setUTCHours(24, 0, 0, 0);
  return new Intl.DateTimeFormat("en", { timeStyle: "short" }).format(midnight);
}

/** The message without its advice. */
export function summaryForCode(code: string): string {
  return (MESSAGES[code] ?? UNKNOWN)[0];
}
