import { ApiError } from "../api/api-error.ts";
import { postAuth } from "../api/auth-client.ts";
import { errorMessage, formatWait } from "../api/error-messages.ts";

/** Sends a confirmation link. The response does not reveal whether the account exists. */
export const sendVerification = (email: string): Promise<unknown> => postAuth("/send-verification-email", { email });

/** Sends a password reset link. The response does not reveal whether the account exists. */
export const sendReset = (email: string): Promise<unknown> => postAuth("/request-password-reset", { email });

export function emailErrorMessage(error: unknown): string {
  if (!(error instanceof ApiError && error.code === "rate_limited")) return errorMessage(error);
  return `Too many emails. Try again in ${formatWait(error) ?? "a minute"}.`;
}
