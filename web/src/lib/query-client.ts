import {
  hashKey,
  MutationCache,
  notifyManager,
  onlineManager,
  QueryCache,
  QueryClient,
  type QueryKey,
} from "@tanstack/react-query";
import { ApiError, SESSION_ERRORS, TRANSIENT_ERRORS } from "../api/api-error.ts";
import { accessTokens } from "../api/client.ts";

export const SESSION_KEY = ["session"];
const RETRIES = 2;

// By default, a timer tells components of a change: a double click would be sent twice before its button knows.
notifyManager.setScheduler((notify) => void Promise.resolve().then(notify));
// By default, a page that is opened offline counts as online.
onlineManager.setOnline(navigator.onLine !== false);

const isTransient = (code: string) => TRANSIENT_ERRORS.has(code) || code === "internal_error";

export const queryClient: QueryClient = new QueryClient({
  queryCache: new QueryCache({ onError: revalidateSession }),
  mutationCache: new MutationCache({ onError: revalidateSession }),
  defaultOptions: {
    queries: {
      gcTime: 24 * 60 * 60 * 1000, // Loaded data stays readable offline.
      retry: (failures, error) => failures < RETRIES && error instanceof ApiError && isTransient(error.code),
    },
    // Offline they fail at once. By default they would wait, and run even after their dialog was cancelled.
    mutations: { networkMode: "always" },
  },
});

/**
 * Fetches the queries under this key again, as far as they are shown.
 *
 * A running first fetch is restarted, because it may have been answered before the change. The library would keep it.
 */
export async function refetch(queryKey: QueryKey): Promise<void> {
  const key = hashKey(queryKey);
  refetches.set(key, fetchAgain(queryKey));
  // A later call cancels this fetch, so wait for the last one.
  let awaited: Promise<void> | undefined;
  while (refetches.get(key) !== awaited) {
    awaited = refetches.get(key);
    await awaited;
  }
  refetches.delete(key);
}

const refetches = new Map<string, Promise<void>>();

async function fetchAgain(queryKey: QueryKey): Promise<void> {
  await queryClient.cancelQueries({ queryKey });
  await queryClient.invalidateQueries({ queryKey });
}

/** Fetches the session again after an error that says it has changed. */
export function revalidateSession(error: unknown): void {
  if (!(error instanceof ApiError && SESSION_ERRORS.has(error.code))) return;
  accessTokens.clear();
  void queryClient.invalidateQueries({ queryKey: SESSION_KEY });
}
