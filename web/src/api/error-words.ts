import { ApiError } from "./api-error.ts";

/** What to tell a person, by the `code` of our problems and of Better Auth's refusals. */
const WORDS: Readonly<Record<string, string>> = {
  unreachable: "Taskchat cannot be reached. Check your connection and try again.",
  timeout: "This took too long. Try again.",
  unauthenticated: "Your session has ended. Sign in again; what you typed is kept.",
  user_mismatch: "Somebody else has signed in in this browser. Load the page again.",
  conversation_not_found: "This conversation does not exist any more.",
  task_not_found: "This task does not exist any more.",
  not_found: "There is nothing at this address.",
  turn_in_progress: "This message is still being answered.",
  conversation_busy: "Another message of this conversation is being answered. Try again when it is done.",
  turn_failed: "This message could not be answered, however often it was tried. Send it as a new one.",
  body_too_large: "This is too long to be sent.",
  invalid_request: "This cannot be sent as it is. It may be too long, or hold characters that cannot be stored.",
  idempotency_key_reused: "This message got mixed up with another one. Send it as a new one.",
  rate_limited: "That was a lot in a short time. Wait a moment and try again.",
  model_error: "The assistant's model could not answer this.",
  model_unavailable: "The assistant's model is not available right now.",
  model_timeout: "The assistant's model took too long.",
  database_unavailable: "The database cannot be reached right now. Try again in a moment.",
  auth_unavailable: "Sign-in cannot be checked right now. Try again in a moment.",
  internal_error: "Something went wrong on our side. Try again.",
  INVALID_EMAIL_OR_PASSWORD: "This e-mail address and password do not fit together.",
  INVALID_EMAIL: "This is not an e-mail address.",
  INVALID_PASSWORD: "This password is not right.",
  PASSWORD_TOO_SHORT: "Choose a longer password: 8 characters are the least.",
  PASSWORD_TOO_LONG: "Choose a shorter password: 128 characters are the most.",
  PASSWORD_REQUIRED: "Enter your password.",
  USER_ALREADY_EXISTS: "There is an account with this e-mail address already. Sign in instead.",
  USER_ALREADY_EXISTS_USE_ANOTHER_EMAIL: "There is an account with this e-mail address already. Sign in instead.",
};

const UNKNOWN = "Something went wrong. Try again.";

/** A failure in words. An unknown code speaks for itself, if its error brought a sentence along. */
export function inWords(error: unknown): string {
  if (!(error instanceof ApiError)) return UNKNOWN;
  return WORDS[error.code] ?? (error.message.includes(" ") ? error.message : UNKNOWN);
}

export function codeInWords(code: string | undefined): string {
  return WORDS[code ?? ""] ?? UNKNOWN;
}
