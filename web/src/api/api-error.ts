import type { ProblemDetails } from "@taskchat/shared-schema/api";

/** Failures without a problem document. */
type TransportCode = "unreachable" | "restarting" | "timeout";

/** A gateway answers with these while the service behind it restarts. */
const RESTARTING = new Set([502, 503, 504]);

const UNANSWERED = new Set(["unreachable", "timeout", "restarting"]);

export class ApiError extends Error {
  /** The problem's stable code, or a transport code. */
  readonly code: string;
  /** The HTTP status; 0 without a response. */
  readonly status: number;
  /** From Retry-After; undefined if the response has none. */
  readonly retryAfterSeconds: number | undefined;
  /** When a retry makes sense, in epoch milliseconds. */
  readonly retryAt: number | undefined;
  /** The conversation of a turn that was started. It may be new. */
  readonly conversationId: string | undefined;

  constructor(
    code: TransportCode | (string & {}),
    { status = 0, detail = code, retryAfterSeconds, conversationId }: Partial<ApiErrorDetails> = {},
  ) {
    super(detail);
    this.name = "ApiError";
    this.code = code;
    this.status = status;
    this.retryAfterSeconds = retryAfterSeconds;
    this.retryAt = retryAfterSeconds === undefined ? undefined : Date.now() + retryAfterSeconds * 1000;
    this.conversationId = conversationId;
  }
}

interface ApiErrorDetails {
  status: number;
  detail: string;
  retryAfterSeconds: number | undefined;
  conversationId: string | undefined;
}

/** The code of an error response without one. It comes from a gateway, not from a service. */
export const gatewayCode = (status: number): TransportCode => (RESTARTING.has(status) ? "restarting" : "unreachable");

/** Converts an error response. */
export function toApiError(response: Response, body: unknown): ApiError {
  const problem = isProblem(body) ? body : undefined;
  return new ApiError(problem?.code ?? gatewayCode(response.status), {
    status: response.status,
    detail: problem?.detail ?? `status ${response.status}`,
    retryAfterSeconds: retryAfter(response.headers),
    conversationId: typeof problem?.conversation_id === "string" ? problem.conversation_id : undefined,
  });
}

/** Returns the data of an openapi-fetch result or throws an ApiError. */
export async function unwrap<Data>(
  result: Promise<{ data?: Data; error?: unknown; response: Response }>,
): Promise<Exclude<Data, undefined>> {
  const { data, error, response } = await result;
  if (!response.ok) throw toApiError(response, error);
  return data as Exclude<Data, undefined>;
}

/** Ignores errors with this code. */
export function unless(code: string) {
  return (error: unknown): void => {
    if (!(error instanceof ApiError && error.code === code)) throw error;
  };
}

/** The codes of errors after which the user has signed out or changed. */
export const SESSION_ERRORS: ReadonlySet<string> = new Set(["unauthenticated", "user_mismatch"]);

/** Errors after which the same request may succeed: the server was not reached, or was too busy. */
export const TRANSIENT_ERRORS: ReadonlySet<string> = new Set([
  "unreachable",
  "restarting",
  "timeout",
  "rate_limited",
  "database_unavailable",
  "auth_unavailable",
]);

/** Whether no service has answered. */
export function isUnanswered(error: unknown): boolean {
  return error instanceof ApiError && UNANSWERED.has(error.code);
}

export function isSignedOut(error: unknown): boolean {
  return error instanceof ApiError && error.code === "unauthenticated";
}

function isProblem(body: unknown): body is ProblemDetails {
  return typeof body === "object" && body !== null && "code" in body && typeof body.code === "string";
}

export function retryAfter(headers: Headers): number | undefined {
  const seconds = Number(headers.get("retry-after") ?? Number.NaN);
  return Number.isFinite(seconds) ? seconds : undefined;
}
