import type { BetterAuthOptions } from "better-auth";
import type { Settings } from "../settings.ts";
import { EMAIL_MAX_CHARS } from "./names.ts";

type Options = Required<Pick<BetterAuthOptions, "socialProviders" | "account">>;

/** Options for signing in with GitHub and Google. */
export function providerOptions({ providers: { github, google } }: Settings) {
  return {
    socialProviders: {
      ...(github && { github }),
      // Only the redirect flow is used, so ID tokens from the page are rejected.
      ...(google && { google: { ...google, prompt: "select_account", disableIdTokenSignIn: true } }),
    },
    account: {
      // Provider tokens are not used after the sign-in.
      updateAccountOnSignIn: false,
      // Linking by address is unsafe: a stranger may have signed up with the address and know the password, or the address
      // may have a new owner. The owner signs in as before, or resets the password.
      accountLinking: { enabled: false },
    },
  } satisfies Options;
}

/** Reject addresses that the provider has not verified, and those too long to receive mail. */
export const requireVerifiedAddress: NonNullable<NonNullable<BetterAuthOptions["user"]>["validateUserInfo"]> = ({
  user,
  source,
}) => {
  if (source.method !== "oauth" || source.action === "sign-in") return undefined;
  if (user.emailVerified !== true) {
    return { error: "email_not_verified", errorDescription: "Verify your email address with the provider first" };
  }
  if ((user.email?.length ?? 0) > EMAIL_MAX_CHARS) {
    return { error: "email_too_long", errorDescription: `Use an address of at most ${EMAIL_MAX_CHARS} characters` };
  }
  return undefined;
};

/** Do not store provider tokens: they are only needed once, to read the profile. */
export const discardProviderTokens = {
  account: {
    create: {
      before: async () => ({ data: { accessToken: null, refreshToken: null, idToken: null } }),
    },
  },
} satisfies BetterAuthOptions["databaseHooks"];
