import type { BetterAuthOptions } from "better-auth";
import type { Settings } from "../settings.ts";
import { EMAIL_MAX_CHARS } from "./names.ts";

type Options = Required<Pick<BetterAuthOptions, "socialProviders" | "account">>;

/** Sign-in with an account of somebody else's service, and when it is taken for an account here. */
export function providerOptions({ providers: { github, google } }: Settings) {
  return {
    socialProviders: {
      ...(github && { github }),
      // The page sends people to Google; tokens that it could hand in itself are no way in.
      ...(google && { google: { ...google, prompt: "select_account", disableIdTokenSignIn: true } }),
    },
    account: {
      // Nothing is asked of a provider later on.
      updateAccountOnSignIn: false,
      // An account of the same address may hold the password of a stranger, who signed up with it before its owner came
      // this way; or the address may have come to somebody else. Its owner signs in as before, or resets the password.
      accountLinking: { enabled: false },
    },
  } satisfies Options;
}

/** Rejects addresses that the provider has not verified, which may be anybody's, and those too long to receive mail. */
export const requireVerifiedAddress: NonNullable<NonNullable<BetterAuthOptions["user"]>["validateUserInfo"]> = ({
  user,
  source,
}) => {
  if (source.method !== "oauth" || source.action === "sign-in") return undefined;
  if (user.emailVerified !== true) {
    return { error: "email_not_verified", errorDescription: "Confirm your email address there first" };
  }
  if ((user.email?.length ?? 0) > EMAIL_MAX_CHARS) {
    return { error: "email_too_long", errorDescription: `Use an address of at most ${EMAIL_MAX_CHARS} characters` };
  }
  return undefined;
};

/** Tokens of a provider are used once, to ask who somebody is, and are not stored. */
export const discardProviderTokens = {
  account: {
    create: {
      before: async () => ({ data: { accessToken: null, refreshToken: null, idToken: null } }),
    },
  },
} satisfies BetterAuthOptions["databaseHooks"];
