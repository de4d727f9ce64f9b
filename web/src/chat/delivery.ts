import { ApiError } from "../api/api-error.ts";

const DEFAULT_WAIT_SECONDS = 2;
/** If a server asks for a longer wait, the user decides when to retry. */
const MAX_WAIT_SECONDS = 10;

/**
 * How often a message is resent automatically, by error code.
 *
 * A running turn is awaited for as long as a turn may take, and a connection without end. Outages get a few seconds. An unavailable model gets one
 * retry, because the api limits the attempts per turn.
 */
const MAX_RETRIES: Readonly<Record<string, number>> = {
  turn_in_progress: 120,
  conversation_busy: 120,
  database_unavailable: 5,
  auth_unavailable: 5,
  unreachable: Number.POSITIVE_INFINITY,
  restarting: Number.POSITIVE_INFINITY,
  timeout: 1,
  model_unavailable: 1,
  rate_limited: 3,
};

/**
 * Sends one message until it is answered or retries are exhausted.
 *
 * Retries are safe because each attempt carries the same Idempotency-Key.
 *
 * @param post - makes one attempt.
 * @param onRetry - called with each error that leads to a retry.
 * @throws the error of the last attempt.
 */
export async function deliver<Answer>(
  post: () => Promise<Answer>,
  wait: (seconds: number) => Promise<void>,
  onRetry: (error: ApiError) => void,
): Promise<Answer> {
  const failures = new Map<string, number>();
  for (;;) {
    try {
      return await post();
    } catch (error) {
      if (!(error instanceof ApiError)) throw error;
      const failed = (failures.get(error.code) ?? 0) + 1;
      const waitSeconds =
        error.code === "unreachable"
          ? Math.min(MAX_WAIT_SECONDS, DEFAULT_WAIT_SECONDS * failed)
          : (error.retryAfterSeconds ?? DEFAULT_WAIT_SECONDS);
      if (failed > (MAX_RETRIES[error.code] ?? 0) || waitSeconds > MAX_WAIT_SECONDS) throw error;
      failures.set(error.code, failed);
      onRetry(error);
      await wait(waitSeconds);
    }
  }
}
