import { ApiError, gatewayCode, retryAfter } from "./api-error.ts";

const TIMEOUT_MS = 15_000;

/** The part of Better Auth's session that the pages use. The session itself is an HttpOnly cookie. */
export interface Session {
  readonly user: {
    readonly id: string;
    readonly name: string;
    readonly email: string;
    readonly emailVerified: boolean;
  };
  readonly session: { readonly expiresAt: string };
}

interface Failure {
  readonly code?: string;
  readonly message?: string;
}

/** Gets from an endpoint of Better Auth. @throws ApiError */
export const getAuth = <Data>(path: string): Promise<Data> => fetchAuth<Data>(path);

/** Posts to an endpoint of Better Auth. @throws ApiError */
export const postAuth = <Data = unknown>(path: string, body: object = {}): Promise<Data> =>
  fetchAuth<Data>(path, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify(body),
  });

async function fetchAuth<Data>(path: string, init: RequestInit = {}): Promise<Data> {
  const signal = AbortSignal.timeout(TIMEOUT_MS);
  const unreachable = () => new ApiError(signal.aborted ? "timeout" : "unreachable");
  try {
    const response = await fetch(`/api/auth${path}`, { ...init, signal });
    if (!response.ok) throw toApiError(response, await response.json().catch(() => null));
    return (await response.json()) as Data;
  } catch (error) {
    throw error instanceof ApiError ? error : unreachable();
  }
}

/** Responses without a code come from a gateway. */
function toApiError({ status, headers }: Response, body: Failure | null): ApiError {
  const { code = gatewayCode(status), message = "" } = body ?? {};
  const isSignedOut = status === 401 && code === "UNAUTHORIZED";
  const details = { status, detail: message, retryAfterSeconds: retryAfter(headers) };
  return new ApiError(isSignedOut ? "unauthenticated" : code, details);
}

/** The session of this browser; null if signed out. */
export const getSession = () => getAuth<Session | null>("/get-session");

/**
 * Gets a new access token.
 *
 * @throws ApiError `unauthenticated` only if the session has ended: /token also answers 401 during outages.
 */
export async function issueAccessToken(): Promise<string> {
  try {
    const issued = await getAuth<{ token: string } | null>("/token");
    if (issued !== null) return issued.token;
  } catch (error) {
    if (!(error instanceof ApiError && error.status === 401)) throw error;
    if ((await getSession()) === null) throw new ApiError("unauthenticated", { status: 401 });
  }
  throw new ApiError("auth_unavailable", { status: 503 });
}
