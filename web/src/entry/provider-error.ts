import { useSearchParams } from "wouter";

const RESTART = "Signing in took too long or started in another browser. Try again.";

/** By the `error` parameter that Better Auth or the provider sets in the URL. */
const MESSAGES: Readonly<Record<string, string>> = {
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

const UNKNOWN = "Sign-in failed. Try again or sign in with your password.";

/** The message for a failed provider sign-in. It never contains text from the URL. */
export function useProviderError(): string | undefined {
  const [query] = useSearchParams();
  const error = query.get("error");
  return error === null ? undefined : providerErrorMessage(error);
}

export function providerErrorMessage(error: string): string {
  return Object.hasOwn(MESSAGES, error) ? (MESSAGES[error] ?? UNKNOWN) : UNKNOWN;
}
