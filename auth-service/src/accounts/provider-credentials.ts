import type { ProviderSettings } from "../settings.ts";

/** Where each provider exchanges an authorization code for a token. */
const PROVIDERS = {
  github: { name: "GitHub", url: "https://github.com/login/oauth/access_token" },
  google: { name: "Google", url: "https://oauth2.googleapis.com/token" },
} as const;

const TIMEOUT_MS = 5_000;

/** Answers to a client that the provider doesn't know. Sources: RFC 6749 section 5.2; GitHub's "Troubleshooting OAuth app access token request errors"; GitHub answers "Not Found" for an unknown client id. */
const UNKNOWN_CLIENT = new Set(["invalid_client", "unauthorized_client", "incorrect_client_credentials", "Not Found"]);
/** Answers to a known client with a wrong code. Same sources. */
const WRONG_CODE = new Set(["invalid_grant", "bad_verification_code"]);

interface Verdict {
  readonly status: "ok" | "failed" | "note";
  readonly message: string;
}

/**
 * Ask a provider whether it accepts our credentials, without a user.
 *
 * We send a code that doesn't exist. A provider checks the client before the code (RFC 6749 section 4.1.3), so its error
 * tells which of the two is wrong.
 */
export async function checkCredentials(
  provider: keyof typeof PROVIDERS,
  { clientId, clientSecret }: ProviderSettings,
  publicUrl: string,
): Promise<Verdict> {
  const { name, url } = PROVIDERS[provider];
  const callback = `${publicUrl}/api/auth/callback/${provider}`;
  const error = await askForToken(url, {
    grant_type: "authorization_code",
    client_id: clientId,
    client_secret: clientSecret,
    code: "made-up-by-the-doctor",
    redirect_uri: callback,
  });
  const setting = provider.toUpperCase();
  if (UNKNOWN_CLIENT.has(error)) {
    const message = `${name} refuses ${setting}_CLIENT_ID and ${setting}_CLIENT_SECRET: copy both from there again`;
    return { status: "failed", message };
  }
  if (error === "redirect_uri_mismatch") {
    return { status: "failed", message: `${name} doesn't know our callback URL: register ${callback} there` };
  }
  if (WRONG_CODE.has(error)) {
    return { status: "ok", message: `${name} accepts our credentials; its callback URL has to be ${callback}` };
  }
  return {
    status: "note",
    message: `${name} gave no clear answer, so its credentials weren't checked: try to sign in`,
  };
}

/** The error in the answer, or an empty string. */
async function askForToken(url: string, form: Record<string, string>): Promise<string> {
  try {
    const response = await fetch(url, {
      method: "POST",
      headers: { accept: "application/json" },
      body: new URLSearchParams(form),
      redirect: "manual",
      signal: AbortSignal.timeout(TIMEOUT_MS),
    });
    const { error } = (await response.json()) as { error?: unknown };
    return typeof error === "string" ? error : "";
  } catch {
    return "";
  }
}
