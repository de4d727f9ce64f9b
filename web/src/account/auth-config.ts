import { queryOptions, useQuery } from "@tanstack/react-query";
import type { AuthConfig } from "@taskchat/shared-schema/auth-config";
import { getAuth } from "../api/auth-client.ts";

/** How this deployment lets people sign in. */
const authConfigQuery = queryOptions({
  queryKey: ["auth-config"],
  queryFn: () => getAuth<AuthConfig>("/config"),
  staleTime: Number.POSITIVE_INFINITY,
});

export const useAuthConfig = () => useQuery(authConfigQuery);
