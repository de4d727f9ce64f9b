import { queryOptions, useQuery } from "@tanstack/react-query";
import { createContext, use } from "react";
import { isUnanswered } from "../api/api-error.ts";
import { getSession, type Session } from "../api/auth-client.ts";
import { accessTokens } from "../api/client.ts";
import { keepOfflineData, showOfflineData } from "../lib/offline-data.ts";
import { queryClient, SESSION_KEY } from "../lib/query-client.ts";
import { browserStorage } from "../lib/tab-storage.ts";
import { noteSession } from "./signed-out.ts";

type SignedIn = Pick<Session, "user">;

/** The user who was signed in last, for offline visits. Says nothing about whether the session still exists. */
const lastSession = browserStorage("last-session");
/** After this time, a connection is as good as none. */
const TIMEOUT_MS = 4_000;

/**
 * Fetches the session. Drops the access token if it belongs to another user.
 *
 * Without an answer, it is that of the user who was signed in last, who then sees what this browser has kept.
 */
async function fetchSession(): Promise<SignedIn | null> {
  const before = queryClient.getQueryData<SignedIn | null>(SESSION_KEY);
  const last = before === undefined ? lastUser() : undefined;
  const fetching = getSession().then((session) => accept(session, before));
  if (last === undefined) return fetching;
  const timeout = new Promise<"late">((resolve) => setTimeout(resolve, TIMEOUT_MS, "late"));
  const session = await Promise.race([fetching, timeout]).catch((error: unknown) => {
    if (!isUnanswered(error)) throw error;
    return "late" as const;
  });
  if (session !== "late") return session;
  fetching.then((answer) => queryClient.setQueryData(SESSION_KEY, answer)).catch(() => {});
  await showOfflineData(last.id);
  return { user: last };
}

function accept(session: Session | null, before: SignedIn | null | undefined): SignedIn | null {
  if (session?.user.id !== before?.user.id) accessTokens.clear();
  if (session) {
    noteSession(session.session);
    // The first requests will need it. The code that uses it handles its errors.
    void accessTokens.get().catch(() => {});
    lastSession.setItem("user", JSON.stringify(session.user));
    keepOfflineData(session.user.id);
  } else {
    lastSession.removeItem("user");
  }
  return session;
}

function lastUser(): User | undefined {
  const stored = lastSession.getItem("user");
  return stored === null ? undefined : JSON.parse(stored);
}

/** Removes what is kept of this user's session. */
export function forgetSession(userId: string): void {
  if (lastUser()?.id === userId) lastSession.removeItem("user");
}

export const sessionQuery = queryOptions({
  queryKey: SESSION_KEY,
  queryFn: fetchSession,
  staleTime: 60_000,
  networkMode: "always", // Offline, the last user is shown.
  refetchOnReconnect: "always",
  // Another tab may have signed out, or signed in as someone else.
  refetchOnWindowFocus: "always",
});

/** Fetches the session again after something that may have changed it. */
export const refreshSession = () => queryClient.fetchQuery({ ...sessionQuery, staleTime: 0 });

export const useSession = () => useQuery(sessionQuery);

export type User = Session["user"];

export const UserContext = createContext<User | undefined>(undefined);

/** The signed-in user. Only for components below RequireSession. */
export function useUser(): User {
  const user = use(UserContext);
  if (user === undefined) throw new Error("useUser needs RequireSession above it");
  return user;
}
