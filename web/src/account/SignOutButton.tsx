import { useMutation } from "@tanstack/react-query";
import { accessTokens } from "../api/client.ts";
import { queryClient } from "../app/query-client.ts";
import { authClient, unwrapAuth } from "./auth-client.ts";
import { sessionQuery } from "./session.ts";

export function SignOutButton() {
  const leaving = useMutation({
    mutationFn: () => unwrapAuth(authClient.signOut()),
    onSuccess: () => {
      accessTokens.forget();
      queryClient.clear();
      queryClient.setQueryData(sessionQuery.queryKey, null);
    },
  });
  return (
    <button type="button" onClick={() => leaving.mutate()} disabled={leaving.isPending}>
      Sign out
    </button>
  );
}
