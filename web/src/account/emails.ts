import { postAuth } from "../api/auth-client.ts";

/** Sends a confirmation link. The response does not reveal whether the account exists. */
export const sendVerification = (email: string): Promise<unknown> => postAuth("/send-verification-email", { email });

/** Sends a password reset link. The response does not reveal whether the account exists. */
export const sendReset = (email: string): Promise<unknown> => postAuth("/request-password-reset", { email });
