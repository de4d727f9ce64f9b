import { createAuthClient } from "better-auth/client";
import { jwtClient } from "better-auth/client/plugins";
import { ApiError } from "../api/api-error.ts";

const TIMEOUT_MS = 15_000;

/** Better Auth on this very origin; its session is a cookie that no script can read. */
export const authClient = createAuthClient({ plugins: [jwtClient()], fetchOptions: { timeout: TIMEOUT_MS } });

export type Session = typeof authClient.$Infer.Session;

interface AuthFailure {
  status: number;
  code?: string | undefined;
  message?: string | undefined;
}

/** The data of a call to Better Auth; throws an ApiError in its place. */
export async function unwrapAuth<Data>(
  call: Promise<{ data: Data; error: null } | { data: null; error: AuthFailure }>,
): Promise<Data> {
  const { data, error } = await call.catch(() => {
    throw new ApiError("unreachable");
  });
  if (error) throw new ApiError(error.code ?? "unreachable", { status: error.status, detail: error.message ?? "" });
  return data;
}

/** Who is signed in in this browser; null when nobody is. */
export async function getSession(): Promise<Session | null> {
  return unwrapAuth(authClient.getSession());
}

/**
 * A new access token.
 *
 * @throws ApiError `unauthenticated` only when the session is really over: /token answers 401 to outages too.
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
