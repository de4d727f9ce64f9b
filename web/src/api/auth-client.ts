import { createAuthClient } from "better-auth/client";
import { jwtClient } from "better-auth/client/plugins";
import { ApiError, gatewayCode, retryAfter } from "./api-error.ts";

const TIMEOUT_MS = 15_000;

/** Better Auth on the same origin. Its session is an HttpOnly cookie. */
export const authClient = createAuthClient({
  plugins: [jwtClient()],
  fetchOptions: { timeout: TIMEOUT_MS, onResponse: withRetryAfter },
});

export type Session = typeof authClient.$Infer.Session;

interface AuthFailure {
  status: number;
  code?: string | undefined;
  message?: string | undefined;
  retryAfterSeconds?: number | undefined;
}

/** Copies Retry-After into the body, the only part of an error response that Better Auth's client returns. */
async function withRetryAfter({ response }: { response: Response }): Promise<Response> {
  const retryAfterSeconds = retryAfter(response.headers);
  if (retryAfterSeconds === undefined) return response;
  const body: unknown = await response.json().catch(() => null);
  return Response.json({ ...(body as object | null), retryAfterSeconds }, response);
}

/** Returns the data of a call to Better Auth or throws an ApiError. */
export async function unwrapAuth<Data>(
  call: Promise<{ data: Data; error: null } | { data: null; error: AuthFailure }>,
): Promise<Data> {
  const { data, error } = await call.catch(() => {
    throw new ApiError("unreachable");
  });
  if (error) throw toApiError(error);
  return data;
}

function toApiError({ status, code = gatewayCode(status), message = "", retryAfterSeconds }: AuthFailure): ApiError {
  const isSignedOut = status === 401 && code === "UNAUTHORIZED";
  return new ApiError(isSignedOut ? "unauthenticated" : code, { status, detail: message, retryAfterSeconds });
}

/** The session of this browser; null if signed out. */
export async function getSession(): Promise<Session | null> {
  return unwrapAuth(authClient.getSession());
}

/**
 * Gets a new access token.
 *
 * @throws ApiError `unauthenticated` only if the session has ended: /token also answers 401 during outages.
 */
export async function issueAccessToken(): Promise<string> {
  try {
    const issued = await unwrapAuth(authClient.token());
    if (issued !== null) return issued.token;
  } catch (error) {
    if (!(error instanceof ApiError && error.status === 401)) throw error;
    if ((await getSession()) === null) throw new ApiError("unauthenticated", { status: 401 });
  }
  throw new ApiError("auth_unavailable", { status: 503 });
}
