import { queryOptions, useQuery } from "@tanstack/react-query";
import { createContext, use } from "react";
import { getSession, type Session } from "../api/auth-client.ts";
import { accessTokens } from "../api/client.ts";
import { queryClient, SESSION_KEY } from "../lib/query-client.ts";
import { noteSession } from "./signed-out.ts";

/** Fetches the session. Drops the access token if it belongs to another user. */
async function fetchSession(): Promise<Session | null> {
  const session = await getSession();
  if (session) noteSession(session.session);
  const before = queryClient.getQueryData<Session | null>(SESSION_KEY);
  if (session?.user.id !== before?.user.id) accessTokens.clear();
  // The first requests will need it. Whoever uses it handles its errors.
  if (session) void accessTokens.get().catch(() => {});
  return session;
}

export const sessionQuery = queryOptions({
  queryKey: SESSION_KEY,
  queryFn: fetchSession,
  staleTime: 60_000,
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
