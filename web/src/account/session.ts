import { queryOptions, useQuery } from "@tanstack/react-query";
import { useOutletContext } from "react-router";
import { SESSION_KEY } from "../app/query-client.ts";
import { getSession, type Session } from "./auth-client.ts";

const FRESH_MS = 60_000;

export const sessionQuery = queryOptions({ queryKey: SESSION_KEY, queryFn: getSession, staleTime: FRESH_MS });

export const useSession = () => useQuery(sessionQuery);

export type User = Session["user"];

/** Who is signed in; for what RequireSession shows. */
export const useUser = () => useOutletContext<User>();
