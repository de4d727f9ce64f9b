import { queryOptions, useQuery } from "@tanstack/react-query";
import { createContext, use } from "react";
import { getSession, type Session } from "../api/auth-client.ts";
import { accessTokens } from "../api/client.ts";
import { queryClient, SESSION_KEY } from "../lib/query-client.ts";

/** Who is signed in. Another one's access tokens are not theirs. */
async function fetchSession(): Promise<Session | null> {
  const session = await getSession();
  const before = queryClient.getQueryData<Session | null>(SESSION_KEY);
  if (session?.user.id !== before?.user.id) accessTokens.forget();
  return session;
}

export const sessionQuery = queryOptions({
  queryKey: SESSION_KEY,
  queryFn: fetchSession,
  staleTime: 60_000,
  // Another tab may have signed out, or somebody else in.
  refetchOnWindowFocus: "always",
});

/** Looks anew who is signed in, after something that changes it. */
export const refreshSession = () => queryClient.fetchQuery({ ...sessionQuery, staleTime: 0 });

export const useSession = () => useQuery(sessionQuery);

export type User = Session["user"];

export const UserContext = createContext<User | undefined>(undefined);

/** Who is signed in; for what RequireSession shows. */
export function useUser(): User {
  const user = use(UserContext);
  if (user === undefined) throw new Error("useUser is for what RequireSession shows");
  return user;
}
