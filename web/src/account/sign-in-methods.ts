import { useQuery } from "@tanstack/react-query";
import { authClient, unwrapAuth } from "./auth-client.ts";
import { useUser } from "./session.ts";

const PASSWORD = "credential";

interface SignInMethods {
  readonly hasPassword: boolean;
  /** Such as github: where else they can sign in from. */
  readonly providers: readonly string[];
}

/** By which ways the user of this page can sign in. */
export function useSignInMethods() {
  const { id } = useUser();
  return useQuery({
    queryKey: ["sign-in-methods", id],
    queryFn: () => unwrapAuth(authClient.listAccounts()),
    select: (accounts): SignInMethods => {
      const providers = (accounts ?? []).map(({ providerId }) => providerId);
      return {
        hasPassword: providers.includes(PASSWORD),
        providers: providers.filter((provider) => provider !== PASSWORD),
      };
    },
  });
}
