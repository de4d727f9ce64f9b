import { ApiError } from "../api/api-error.ts";

const DEFAULT_WAIT_SECONDS = 2;
/** Nobody watches a page longer than this: past it the next attempt is theirs to make. */
const LONGEST_WAIT_SECONDS = 10;

/**
 * How often a message is sent again by itself, by the reason it was refused.
 *
 * A turn that is running is waited for as long as one can run. An outage gets a few seconds. A model that is away is
 * asked once more only: each attempt counts towards the few that the api grants a turn. Who is too quick waits for as
 * long as the api says, which knows it exactly.
 */
const ATTEMPTS_MORE: Readonly<Record<string, number>> = {
  turn_in_progress: 120,
  conversation_busy: 120,
  database_unavailable: 5,
  auth_unavailable: 5,
  unreachable: 5,
  timeout: 1,
  model_unavailable: 1,
  rate_limited: 3,
};

/**
 * Sends one message until it is answered or there is no point in going on.
 *
 * Sending again is safe, because each attempt carries the same Idempotency-Key.
 *
 * @param post - one attempt.
 * @param onRefused - told of each refusal that is followed by another attempt.
 * @throws what the last attempt threw.
 */
export async function deliver<Answer>(
  post: () => Promise<Answer>,
  wait: (seconds: number) => Promise<void>,
  onRefused: (error: ApiError) => void,
): Promise<Answer> {
  const refusals = new Map<string, number>();
  for (;;) {
    try {
      return await post();
    } catch (error) {
      if (!(error instanceof ApiError)) throw error;
      const waitSeconds = error.retryAfterSeconds ?? DEFAULT_WAIT_SECONDS;
      const refused = (refusals.get(error.code) ?? 0) + 1;
      if (refused > (ATTEMPTS_MORE[error.code] ?? 0) || waitSeconds > LONGEST_WAIT_SECONDS) throw error;
      refusals.set(error.code, refused);
      onRefused(error);
      await wait(waitSeconds);
    }
  }
}
