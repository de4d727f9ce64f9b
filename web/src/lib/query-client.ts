import { MutationCache, QueryCache, QueryClient, type QueryKey } from "@tanstack/react-query";
import { ApiError } from "../api/api-error.ts";
import { accessTokens } from "../api/client.ts";

export const SESSION_KEY = ["session"];
const RETRIES = 2;
/** Refusals that the same request will not meet a second time, or outages that pass. */
const WORTH_A_RETRY = new Set([
  "unreachable",
  "timeout",
  "rate_limited",
  "database_unavailable",
  "auth_unavailable",
  "internal_error",
]);
/** Somebody else is signed in now, or nobody: the session is to be looked at again. */
const SESSION_IN_DOUBT = new Set(["unauthenticated", "user_mismatch"]);

export const queryClient: QueryClient = new QueryClient({
  queryCache: new QueryCache({ onError: doubtSession }),
  mutationCache: new MutationCache({ onError: doubtSession }),
  defaultOptions: {
    queries: {
      retry: (failures, error) => failures < RETRIES && error instanceof ApiError && WORTH_A_RETRY.has(error.code),
    },
  },
});

/**
 * Fetches anew what is shown under this key.
 *
 * A first fetch that is still under way is begun again. The library would leave it alone and take what it brings for
 * new, though it may have been answered before the change that is to be shown.
 */
export async function fetchAnew(queryKey: QueryKey): Promise<void> {
  await queryClient.cancelQueries({ queryKey });
  await queryClient.invalidateQueries({ queryKey });
}

/** After an error that says so, finds out who is signed in; the page follows. */
export function doubtSession(error: unknown): void {
  if (!(error instanceof ApiError && SESSION_IN_DOUBT.has(error.code))) return;
  accessTokens.forget();
  void queryClient.invalidateQueries({ queryKey: SESSION_KEY });
}
