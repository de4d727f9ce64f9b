import { PRODUCT } from "../product.ts";

export const MOMENT = "Try again in a moment.";

/** A summary, then advice if the user can do something. If the error says how long to wait, MOMENT becomes that time. */
type Message = readonly [summary: string, advice?: string];

const OUR_FAULT: Message = ["Something went wrong on our side.", "Try again."];
const SIGNED_IN_LONG_AGO: Message = [
  "You signed in a while ago.",
  "Sign out, sign in again and try within ten minutes.",
];
const WRONG_ORIGIN: Message = [
  "You opened this page at an address that can't be used to sign in.",
  "Ask your administrator.",
];

/** By the `code` of the api's and the auth service's errors. */
export const MESSAGES: Readonly<Record<string, Message>> = {
  unreachable: [`${PRODUCT.name} isn't responding.`, "Check your connection and try again."],
  restarting: [`${PRODUCT.name} is restarting.`, MOMENT],
  timeout: ["This took too long.", "Try again."],
  unauthenticated: ["Your session has ended.", "Sign in again. Your text is saved."],
  user_mismatch: ["Someone else is signed in in this browser.", "Reload the page."],
  conversation_not_found: ["This conversation no longer exists."],
  not_found: ["Page not found."],
  turn_in_progress: ["Still answering this message.", MOMENT],
  conversation_busy: ["Still answering your previous message.", "Try again when it's done."],
  turn_discarded: ["This message was discarded."],
  turn_not_found: ["This message no longer exists."],
  turn_answered: ["This message is already answered."],
  turn_failed: ["We couldn't answer this message."],
  body_too_large: ["This is too long.", "Shorten it and try again."],
  method_not_allowed: ["This can't be done here."],
  invalid_request: ["This can't be sent.", "Shorten it or remove unusual characters."],
  idempotency_key_reused: ["We couldn't send this message."],
  rate_limited: ["Too many requests.", MOMENT],
  budget_used: ["Today's allowance is used up."],
  model_error: ["The assistant couldn't answer this.", "Try again or ask for less at once."],
  too_long_for_model: ["This is too long for the assistant.", "Shorten it or continue in a new conversation."],
  model_unavailable: ["The assistant isn't available right now.", MOMENT],
  no_assistant: ["No assistant is set up here.", "Ask your administrator."],
  model_timeout: ["The assistant took too long.", "Try again."],
  database_unavailable: ["We're having trouble right now.", MOMENT],
  auth_unavailable: ["We can't check your sign-in right now.", MOMENT],
  export_unavailable: ["We can't export your data right now.", MOMENT],
  internal_error: OUR_FAULT,
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
  SESSION_NOT_FRESH: SIGNED_IN_LONG_AGO,
  SESSION_EXPIRED: SIGNED_IN_LONG_AGO,
  TOKEN_EXPIRED: ["This link has expired."],
  INVALID_TOKEN: ["It was already used, has expired or is incomplete."],
  PROVIDER_NOT_FOUND: ["You can't sign in that way here."],
  VALIDATION_ERROR: ["This can't be sent.", "Check what you've entered."],
  INVALID_ORIGIN: WRONG_ORIGIN,
  MISSING_OR_NULL_ORIGIN: WRONG_ORIGIN,
  CROSS_SITE_NAVIGATION_LOGIN_BLOCKED: WRONG_ORIGIN,
  FAILED_TO_CREATE_USER: OUR_FAULT,
  FAILED_TO_CREATE_SESSION: OUR_FAULT,
  FAILED_TO_CREATE_VERIFICATION: OUR_FAULT,
  FAILED_TO_GET_SESSION: OUR_FAULT,
  FAILED_TO_UPDATE_USER: OUR_FAULT,
  USER_NOT_FOUND: ["This account no longer exists."],
};

export const UNKNOWN: Message = ["Something went wrong.", "Try again."];

/** @param wait - such as "8 seconds". */
export const retryIn = (wait: string) => `Try again in ${wait}.`;
export const RETRY_NOW = "You can try again now.";

/** Of an allowance. */
export const RENEWED = "It has been renewed, so you can try again now.";
export const renewsAt = (time: string, isToday: boolean) =>
  isToday ? `It renews today at ${time}.` : `It renews tomorrow at ${time}.`;
