import type { BetterAuthOptions } from "better-auth";
import type { Settings } from "../settings.ts";
import { EMAIL_MAX_CHARS } from "./names.ts";
import { type SignUpRules, signUpRefusal } from "./sign-up-rules.ts";

type ValidateUserInfo = NonNullable<NonNullable<BetterAuthOptions["user"]>["validateUserInfo"]>;

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

/**
 * Reject new accounts that the rules for sign-up don't permit, and addresses from a provider that it has not verified or
 * that are too long to receive mail.
 *
 * Whether the address is verified comes first: anyone can enter an address at a provider, and must not learn from the
 * errors whether it has an account here.
 */
export const validateUserInfo =
  (signUp: SignUpRules): ValidateUserInfo =>
  (data) => {
    const refused = requireVerifiedAddress(data);
    if (refused !== undefined || data.source.action !== "create-user") return refused;
    const error = signUpRefusal(signUp, data.user.email);
    return error && { error };
  };

function requireVerifiedAddress({ user, source }: Parameters<ValidateUserInfo>[0]) {
  if (source.method !== "oauth" || source.action === "sign-in") return undefined;
  if (user.emailVerified !== true) {
    return { error: "email_not_verified", errorDescription: "Verify your email address with the provider first" };
  }
  if ((user.email?.length ?? 0) > EMAIL_MAX_CHARS) {
    return { error: "email_too_long", errorDescription: `Use an address of at most ${EMAIL_MAX_CHARS} characters` };
  }
  return undefined;
}

/** Do not store provider tokens: they are only needed once, to read the profile. */
export const discardProviderTokens = {
  account: {
    create: {
      before: async () => ({ data: { accessToken: null, refreshToken: null, idToken: null } }),
    },
  },
} satisfies BetterAuthOptions["databaseHooks"];
