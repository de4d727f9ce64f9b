import { useSearchParams } from "react-router";

const AGAIN = "Signing in there took too long, or was begun elsewhere. Try again.";

/** By the `error` that Better Auth, or the provider through it, leaves in the address. */
const WORDS: Readonly<Record<string, string>> = {
  access_denied: "You did not allow it, so nothing has changed.",
  account_not_usable:
    "You can't sign in with that account. Its email address isn't verified there, or it's already used here: then sign in as you did before, or set a password with “Forgot your password?”.",
  email_not_found: "No e-mail address came along. Choose one there that may be seen, or sign up with a password.",
  email_too_long: "The email address of that account is too long.",
  state_mismatch: AGAIN,
  state_not_found: AGAIN,
  please_restart_the_process: AGAIN,
};

const UNKNOWN = "Signing in with that account did not work. Try again, or sign in with your password.";

/** Why somebody came back from a provider without being signed in. Of the address nothing is shown as it is. */
export function useProviderError(): string | undefined {
  const [query] = useSearchParams();
  const error = query.get("error");
  return error === null ? undefined : providerErrorInWords(error);
}

export function providerErrorInWords(error: string): string {
  return Object.hasOwn(WORDS, error) ? (WORDS[error] ?? UNKNOWN) : UNKNOWN;
}
