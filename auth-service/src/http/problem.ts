/** The errors of this service. Better Auth's own pass through unchanged. */
const PROBLEMS = {
  invalid_request: { status: 422, title: "Invalid request" },
  unauthenticated: { status: 401, title: "Not signed in" },
  not_found: { status: 404, title: "Not found" },
  body_too_large: { status: 413, title: "Body too large" },
  rate_limited: { status: 429, title: "Too many requests" },
  internal_error: { status: 500, title: "Internal error" },
  database_unavailable: { status: 503, title: "Database unavailable" },
  auth_unavailable: { status: 503, title: "Sign-in unavailable" },
} as const;

type ProblemCode = keyof typeof PROBLEMS;

const RETRY_SECONDS = 1;

/**
 * Create an error response as `application/problem+json`, with a stable `code`.
 *
 * Source: RFC 9457.
 *
 * @param retryAfter - seconds until a retry makes sense; sent with every 429 and 503.
 */
export function problem(code: ProblemCode, detail: string, retryAfter: number = RETRY_SECONDS): Response {
  const { status, title } = PROBLEMS[code];
  const headers = new Headers({ "content-type": "application/problem+json", "cache-control": "no-store" });
  if (status === 429 || status === 503) headers.set("retry-after", String(retryAfter));
  return new Response(JSON.stringify({ type: "about:blank", title, status, code, detail }), { status, headers });
}
