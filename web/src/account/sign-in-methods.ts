import { useQuery } from "@tanstack/react-query";
import { getAuth } from "../api/auth-client.ts";
import { PROVIDER_NAMES } from "./provider-names.ts";
import { useUser } from "./session.ts";

const PASSWORD = "credential";

interface SignInMethods {
  readonly hasPassword: boolean;
  /** The names of the linked providers. */
  readonly providers: readonly string[];
}

export function useSignInMethods() {
  const { id } = useUser();
  return useQuery({
    queryKey: ["sign-in-methods", id],
    queryFn: () => getAuth<{ providerId: string }[]>("/list-accounts"),
    select: (accounts): SignInMethods => {
      const ids = new Set(accounts.map(({ providerId }) => providerId));
      const providers = Object.entries(PROVIDER_NAMES).filter(([id]) => ids.has(id));
      return { hasPassword: ids.has(PASSWORD), providers: providers.map(([, name]) => name) };
    },
  });
}
