import { createHash } from "node:crypto";
import { once } from "node:events";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { text } from "node:stream/consumers";
import { remember } from "./secrets.ts";

/** A GitHub profile. */
export interface GitHubUser {
  readonly id: number;
  readonly email: string;
  readonly verified: boolean;
  /** "Octo Cat" if omitted. */
  readonly name?: string;
}

/** The part of GitHub's API that sign-in needs. */
export interface GitHub {
  readonly url: string;
  /** Consents at the authorization URL; returns the callback URL. */
  consent(authorizationUrl: string, user: GitHubUser): URL;
  close(): Promise<void>;
}

export const CLIENT = { id: "client-of-the-tests", secret: "only-the-tests-know" };

export async function startGitHub(): Promise<GitHub> {
  const asked = new Map<string, { challenge: string | null; user: GitHubUser }>();
  const signedIn = new Map<string, GitHubUser>();

  function exchange(form: URLSearchParams): object {
    const { challenge, user } = asked.get(form.get("code") ?? "") ?? {};
    const hash = createHash("sha256")
      .update(form.get("code_verifier") ?? "")
      .digest("base64url");
    const isClient = form.get("client_id") === CLIENT.id && form.get("client_secret") === CLIENT.secret;
    if (!isClient) return { error: "incorrect_client_credentials" };
    if (!user || hash !== challenge) return { error: "bad_verification_code" };
    asked.delete(form.get("code") ?? "");
    const token = `github-token-${user.id}`;
    remember("a token of GitHub", token);
    signedIn.set(`Bearer ${token}`, user);
    return { access_token: token, token_type: "bearer", scope: "read:user,user:email" };
  }

  const server = createServer(async (request, response) => {
    const user = signedIn.get(request.headers.authorization ?? "");
    const answers: Record<string, () => Promise<object>> = {
      "/login/oauth/access_token": async () => exchange(new URLSearchParams(await text(request))),
      "/user": async () => ({
        id: user?.id,
        login: "octocat",
        name: user?.name ?? "Octo Cat",
        email: user?.email,
        avatar_url: "",
      }),
      "/user/emails": async () => [{ email: user?.email, primary: true, verified: user?.verified }],
    };
    const answer = answers[request.url ?? ""];
    response.setHeader("content-type", "application/json");
    response.end(JSON.stringify(answer ? await answer() : {}));
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    consent: (authorizationUrl, user) => {
      const { searchParams } = new URL(authorizationUrl);
      const code = `code-${asked.size}-${user.id}`;
      asked.set(code, { challenge: searchParams.get("code_challenge"), user });
      const back = new URL(searchParams.get("redirect_uri") ?? "");
      back.searchParams.set("code", code);
      back.searchParams.set("state", searchParams.get("state") ?? "");
      return back;
    },
    close: async () => {
      server.closeAllConnections();
      server.close();
    },
  };
}
