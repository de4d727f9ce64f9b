import type { BetterAuthOptions } from "better-auth";
import { LONGEST_WINDOW_SECONDS } from "../database/limits.ts";

interface Endpoint {
  readonly method: "GET" | "POST";
  /** Below /api/auth. */
  readonly path: string;
  /** In production, the requests per window and client address; unlimited if omitted. */
  readonly limit?: readonly [max: number, seconds: number];
}

/**
 * For endpoints that clients poll. Better Auth's window restarts only after a second without requests, and many clients may
 * share an address, so the window is short: it stops floods, and only for a second.
 */
const POLLING = [200, 1] as const;

/** The endpoints that can be called; Better Auth has more. */
export const ENDPOINTS: readonly Endpoint[] = [
  { method: "POST", path: "/sign-up/email", limit: [5, 60] },
  { method: "POST", path: "/sign-in/email", limit: [3, 10] },
  { method: "POST", path: "/sign-in/social", limit: [20, 60] },
  { method: "GET", path: "/callback/github", limit: [20, 60] },
  { method: "GET", path: "/callback/google", limit: [20, 60] },
  { method: "POST", path: "/sign-out", limit: POLLING },
  { method: "GET", path: "/get-session", limit: POLLING },
  { method: "GET", path: "/token", limit: POLLING },
  { method: "GET", path: "/jwks" }, // The api fetches it for everyone.
  { method: "GET", path: "/verify-email", limit: [20, 60] },
  { method: "POST", path: "/send-verification-email", limit: [3, 60] },
  { method: "POST", path: "/request-password-reset", limit: [3, 60] },
  { method: "POST", path: "/reset-password", limit: [10, 60] },
  { method: "POST", path: "/update-user", limit: [20, 60] },
  { method: "POST", path: "/change-password", limit: [5, 60] },
  { method: "POST", path: "/revoke-sessions", limit: [20, 60] },
  { method: "GET", path: "/devices", limit: POLLING },
  { method: "POST", path: "/revoke-device", limit: [20, 60] },
  { method: "POST", path: "/revoke-other-sessions", limit: [20, 60] },
  { method: "GET", path: "/list-accounts", limit: POLLING },
  { method: "POST", path: "/delete-user", limit: [5, 60] },
];

/** The header that passes the client's address to Better Auth. */
export const CLIENT_ADDRESS_HEADER = "x-taskchat-client-address";

export const rateLimit = (enabled: boolean) =>
  ({
    enabled,
    storage: "database",
    // No endpoint uses this window, but it decides how long rows are kept, and our limits use the same table.
    window: LONGEST_WINDOW_SECONDS,
    customRules: Object.fromEntries(
      ENDPOINTS.map(({ path, limit }) => [path, limit ? { max: limit[0], window: limit[1] } : (false as const)]),
    ),
  }) satisfies BetterAuthOptions["rateLimit"];
