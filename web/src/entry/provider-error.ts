import { useSearchParams } from "wouter";
import { PROVIDER_ERRORS, PROVIDER_FAILED } from "./texts.tsx";

/** The message for a failed provider sign-in. It never contains text from the URL. */
export function useProviderError(): string | undefined {
  const [query] = useSearchParams();
  const error = query.get("error");
  return error === null ? undefined : providerErrorMessage(error);
}

export function providerErrorMessage(error: string): string {
  const known = Object.hasOwn(PROVIDER_ERRORS, error) ? PROVIDER_ERRORS[error] : undefined;
  return known ?? PROVIDER_FAILED;
}
