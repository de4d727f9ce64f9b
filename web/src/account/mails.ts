import { ApiError } from "../api/api-error.ts";
import { authClient, unwrapAuth } from "../api/auth-client.ts";
import { howLong, inWords } from "../api/error-words.ts";

/** Has a link sent that confirms the address. The answer is the same whether or not there is an account with it. */
export const sendVerification = (email: string): Promise<unknown> =>
  unwrapAuth(authClient.sendVerificationEmail({ email }));

/** Has a link sent that lets a new password be set; answered as above. */
export const sendReset = (email: string): Promise<unknown> => unwrapAuth(authClient.requestPasswordReset({ email }));

/** Why no mail was sent. */
export function mailErrorInWords(error: unknown): string {
  if (!(error instanceof ApiError && error.code === "rate_limited")) return inWords(error);
  return `Enough mails for now. Wait ${howLong(error) ?? "a minute"}, then have another one sent.`;
}
