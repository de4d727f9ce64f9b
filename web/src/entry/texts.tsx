import type { ReactNode } from "react";
import { anyOf } from "../language.ts";
import { PRODUCT } from "../product.ts";

export const BACK_TO_SIGN_IN = "Back to sign in";
export const EMAIL = "Email";
export const LOADING_FAILED = "Couldn't load this page";
export const NEW_PASSWORD = "New password";
export const PASSWORD = "Password";
export const SIGN_IN = "Sign in";
export const SIGN_IN_FIRST = "Sign in to open this page.";

export const CREATE_AN_ACCOUNT = "Create an account";
export const FORGOT_PASSWORD = "Forgot your password?";
export const NEW_HERE = "New here?";
export const WELCOME_BACK = "Welcome back";
/** Between the form and the other ways to sign in. */
export const OR = "or";
export const continueWith = (provider: string) => `Continue with ${provider}`;

export const ALREADY_HAVE_ACCOUNT = "Already have an account?";
export const CREATE_ACCOUNT = "Create account";
export const CREATE_YOUR_ACCOUNT = "Create your account";
export const SIGN_UP_CLOSED = "Sign-up is closed";
export const SIGN_UP_CLOSED_DESCRIPTION =
  "New accounts can't be created here. If you need one, ask your administrator.";
export const emailDomains = (domains: readonly string[]) => `Use an email at ${anyOf(domains)}`;

export const CHECK_INBOX = "Check your inbox";
export const CHECK_SPAM = "No email? Check your spam folder too.";
export const CHECK_SPAM_OR_SIGN_IN = "No email? Check your spam folder too. If you already have an account, sign in.";
export const SEND_AGAIN = "Send again";
export const SEND_LINK = "Send link";
export const SEND_NEW_LINK = "Send a new link";
export const SENT_AGAIN = "Sent again. Earlier links work too.";

export const LINK_INCOMPLETE = "This link is incomplete";
export const LINK_INVALID = "This link no longer works";
export const OPEN_LINK_AGAIN = "Open the link in your email again or request a new one.";

export const CONFIRM = "Confirm email";
export const CONFIRM_YOUR_EMAIL = "Confirm your email";
export const CONFIRMED = "Email confirmed";
export const CONFIRMED_SIGN_IN = "Email confirmed. Sign in to continue.";
export const confirmationSent = (email: ReactNode) => (
  <>We've sent a link to {email}. Open it to confirm your email, then sign in.</>
);
export const notYours = () => `If you didn't sign up for ${PRODUCT.name}, close this page.`;

export const ASK_ADMINISTRATOR = "Ask your administrator";
export const FORGOT_PASSWORD_DESCRIPTION = "Enter your email and we'll send you a link to set a new password.";
export const NO_MAIL = "Email isn't set up here. Ask your administrator.";
export const askForLink = (email: ReactNode) => (
  <>Email isn't set up here. Your administrator can give you the link for {email}.</>
);
export const resetSent = (email: ReactNode) => (
  <>If {email} has an account, we've sent it a link. It's valid for one hour.</>
);

export const DEVICES_SIGNED_OUT = "All devices of that account have been signed out.";
export const PASSWORD_CHANGED = "Password changed";
export const PASSWORD_CHANGED_SIGN_IN = "Password changed and all devices signed out. Sign in with your new password.";
export const SET_NEW_PASSWORD = "Set a new password";
export const SET_PASSWORD = "Set password";
export const WILL_SIGN_OUT = "You'll be signed out on all devices.";

export const CONTINUE_TO_CHATS = "Continue to your chats";
export const continueToProduct = () => `Continue to ${PRODUCT.name}`;
export const stillSignedIn = (email: ReactNode) => <>You're still signed in as {email}.</>;

const RESTART = "Signing in took too long or started in another browser. Try again.";

/** By the `error` parameter that Better Auth or the provider sets in the URL. */
export const PROVIDER_ERRORS: Readonly<Record<string, string>> = {
  access_denied: "Sign-in was cancelled.",
  account_not_usable:
    "You can't sign in with that account. Its email isn't verified there or is already used here. Sign in as you did before, or set a password with “Forgot your password?”.",
  sign_up_closed: "There's no account here for that sign-in. New accounts can't be created here.",
  email_domain_not_allowed: "You can't sign up with an email at the domain of that account.",
  email_not_found: "We didn't get your email. Make it visible there, or sign up with a password.",
  email_too_long: "The email of that account is too long.",
  state_mismatch: RESTART,
  state_not_found: RESTART,
  please_restart_the_process: RESTART,
};
export const PROVIDER_FAILED = "Sign-in failed. Try again or sign in with your password.";
