import { describe, expect } from "vitest";
import { CLIENT, type GitHub, type GitHubUser, startGitHub } from "../support/github.ts";
import { startService } from "../support/service.ts";
import { test as base } from "../support/test.ts";
import { newVisitor, type Visitor } from "../support/visitor.ts";

const FILE = { scope: "file" } as const;

const test = base
  // biome-ignore lint/correctness/noEmptyPattern: Vitest reads from the pattern what a fixture needs
  .extend("github", FILE, async ({}, { onCleanup }) => {
    const github = await startGitHub();
    onCleanup(github.close);
    return github;
  })
  /** A service with GitHub and Google. */
  .extend("service", FILE, async ({ database, github }, { onCleanup }) => {
    const service = await startService({
      AUTH_DATABASE_URL: database.authUrl,
      NODE_OPTIONS: `--import=${import.meta.dirname}/../support/redirect-fetch.ts`,
      PROVIDERS_URL: github.url,
      GITHUB_CLIENT_ID: CLIENT.id,
      GITHUB_CLIENT_SECRET: CLIENT.secret,
      GOOGLE_CLIENT_ID: "client-at-google",
      GOOGLE_CLIENT_SECRET: CLIENT.secret,
    });
    onCleanup(async () => void (await service.stop()));
    await service.untilReady();
    return service;
  });

/** Otherwise anyone could learn whether an unverified address has an account. */
const UNUSABLE = "/sign-in?error=account_not_usable";

let ids = 1_000;
const gitHubUser = (email: string, verified = true): GitHubUser => ({ id: ids++, email, verified });

const begin = (visitor: Visitor, provider = "github") =>
  visitor.post("/api/auth/sign-in/social", {
    provider,
    callbackURL: "/",
    errorCallbackURL: "/sign-in",
  });

/** Consents at GitHub; returns the response of the callback and where it redirects. */
async function consent(visitor: Visitor, github: GitHub, user: GitHubUser): Promise<() => Promise<string | null>> {
  const { body } = await begin(visitor);
  const back = github.consent(body.url, user);
  return async () => (await visitor.get(back.pathname + back.search)).headers.get("location");
}

/** Signs in with GitHub; returns where it redirects. */
const signInByGitHub = async (visitor: Visitor, github: GitHub, user: GitHubUser) =>
  (await consent(visitor, github, user))();

describe("signing in with a provider", () => {
  test.for([
    { provider: "github", at: "https://github.com/login/oauth/authorize", client: CLIENT.id },
    { provider: "google", at: "https://accounts.google.com/o/oauth2/v2/auth", client: "client-at-google" },
  ])("starts at $at, with a state and a PKCE challenge", async ({ provider, at, client }, { visitor, service }) => {
    const { status, body } = await begin(visitor, provider);

    expect(status).toBe(200);
    const url = new URL(body.url);
    const parameters = Object.fromEntries(url.searchParams);
    expect(url.origin + url.pathname).toBe(at);
    expect(parameters).toMatchObject({
      response_type: "code",
      client_id: client,
      redirect_uri: `${service.publicUrl}/api/auth/callback/${provider}`,
      code_challenge_method: "S256",
      code_challenge: expect.stringMatching(/^[\w-]{43}$/),
      state: expect.stringMatching(/^.{16,}$/),
    });
    expect(body.url).not.toContain(CLIENT.secret);
  });

  test("creates an account without a password, and finds it again", async ({ visitor, github, service, database }) => {
    const user = gitHubUser(visitor.email);

    expect(await signInByGitHub(visitor, github, user)).toBe("/");

    const { body } = await visitor.get("/api/auth/get-session");
    expect(body.user).toMatchObject({ email: visitor.email, emailVerified: true, name: "Octo Cat" });
    expect((await visitor.get("/api/auth/token")).status).toBe(200);
    const again = newVisitor(service);
    expect(await signInByGitHub(again, github, user)).toBe("/");
    expect((await again.get("/api/auth/get-session")).body.user.id).toBe(body.user.id);
    expect((await visitor.get("/api/auth/list-accounts")).body).toMatchObject([{ providerId: "github" }]);
    expect((await visitor.signIn()).status).toBe(401);
    const stored = await database.query(
      `select "accessToken", "refreshToken", "idToken", password from auth.account where "userId" = $1`,
      [body.user.id],
    );
    expect(stored).toEqual([{ accessToken: null, refreshToken: null, idToken: null, password: null }]);
  });

  test("again ends the browser's previous session", async ({ visitor, github, database }) => {
    const user = gitHubUser(visitor.email);
    await signInByGitHub(visitor, github, user);
    const { session } = (await visitor.get("/api/auth/get-session")).body;

    expect(await signInByGitHub(visitor, github, user)).toBe("/");

    const ids = await database.query<{ id: string }>('select id from auth.session where "userId" = $1', [
      session.userId,
    ]);
    expect(ids).toHaveLength(1);
    expect(ids).not.toEqual([{ id: session.id }]);
  });

  test("with an address that is too long creates no account", async ({ visitor, github, database }) => {
    const email = `${"x".repeat(64)}@${"y".repeat(63)}.${"z".repeat(63)}.${"w".repeat(63)}.com`;

    expect(await signInByGitHub(visitor, github, gitHubUser(email))).toMatch(/^\/sign-in\?error=email_too_long/);

    expect(await database.query(`select from auth."user" where email = $1`, [email])).toEqual([]);
  });

  test.for([
    { there: "Octo\u0000\n Cat\u009b", here: "Octo Cat" },
    { there: "\u{1f600}".repeat(60), here: "\u{1f600}".repeat(50) },
    { there: `a${"\u{1f600}".repeat(60)}`, here: `a${"\u{1f600}".repeat(49)}` },
    { there: " \n ", here: undefined },
  ])("cleans up the name: %j", async ({ there, here }, { visitor, github }) => {
    const where = await signInByGitHub(visitor, github, { ...gitHubUser(visitor.email), name: there });

    expect(where).toBe("/");
    const { user } = (await visitor.get("/api/auth/get-session")).body;
    expect(user.name).toBe(here ?? visitor.email.split("@")[0]);
    expect((await visitor.post("/api/auth/update-user", { name: user.name })).status).toBe(200);
  });

  test("with an address that GitHub has not verified creates nothing", async ({ visitor, github, database }) => {
    const where = await signInByGitHub(visitor, github, gitHubUser(visitor.email, false));

    expect(where).toBe(UNUSABLE);
    expect((await visitor.get("/api/auth/get-session")).body).toBeNull();
    expect(await database.query(`select from auth."user" where email = $1`, [visitor.email])).toEqual([]);
  });

  test.for([
    { verifiedHere: true, verifiedThere: true },
    { verifiedHere: false, verifiedThere: true },
    { verifiedHere: true, verifiedThere: false },
  ])(
    "never links to an account of the same address: %o",
    async ({ verifiedHere, verifiedThere }, { visitor, github, service, database }) => {
      const { id } = (await visitor.signUp()).body.user;
      await database.query(`update auth."user" set "emailVerified" = $2 where id = $1`, [id, verifiedHere]);
      const elsewhere = newVisitor(service);

      const where = await signInByGitHub(elsewhere, github, gitHubUser(visitor.email, verifiedThere));

      expect(where).toBe(UNUSABLE);
      expect((await elsewhere.get("/api/auth/get-session")).body).toBeNull();
      const accounts = await database.query(`select "providerId" from auth.account where "userId" = $1`, [id]);
      expect(accounts).toEqual([{ providerId: "credential" }]);
    },
  );

  test("twice at once creates one account, which still works afterwards", async ({
    visitor,
    github,
    service,
    database,
  }) => {
    const user = gitHubUser(visitor.email);
    const [first, second] = [
      await consent(visitor, github, user),
      await consent(newVisitor(service), github, user),
    ] as const;

    const wheres = await database.session(async (client) => {
      // Block insertions of accounts, but not reads.
      await client.query("begin");
      await client.query("lock table auth.account in share mode");
      const started = [first()];
      await database.untilBlocked({ statements: 1 });
      started.push(second());
      await database.untilBlocked({ statements: 2 });
      await client.query("commit");
      return Promise.all(started);
    });

    expect(wheres).toContain("/");
    for (const where of wheres) expect(where).toMatch(/^\/(sign-in\?error=unable_to_\w+)?$/);
    expect(await signInByGitHub(newVisitor(service), github, user)).toBe("/");
    const accounts = await database.query(`select from auth.account where "accountId" = $1`, [String(user.id)]);
    expect(accounts).toHaveLength(1);
  });

  test("can't be completed in another browser", async ({ visitor, github, service }) => {
    const { body } = await begin(visitor);
    const back = github.consent(body.url, gitHubUser(visitor.email));
    const other = newVisitor(service);

    const { headers } = await other.get(back.pathname + back.search);

    expect(headers.get("location")).toBe("/sign-in?error=state_mismatch");
    expect((await other.get("/api/auth/get-session")).body).toBeNull();
  });

  test("never redirects to another origin", async ({ visitor }) => {
    const answer = await visitor.post("/api/auth/sign-in/social", {
      provider: "github",
      callbackURL: "https://evil.example/",
    });

    expect(answer).toMatchObject({ status: 403, body: { code: "INVALID_CALLBACK_URL" } });
  });

  test("rejects ID tokens from the page", async ({ visitor }) => {
    for (const provider of ["github", "google"]) {
      const answer = await visitor.post("/api/auth/sign-in/social", { provider, idToken: { token: "x.y.z" } });
      expect(answer).toMatchObject({ status: 404, body: { code: "ID_TOKEN_NOT_SUPPORTED" } });
    }
  });

  test("is listed in the configuration", async ({ visitor }) => {
    expect((await visitor.get("/api/auth/config")).body.providers).toEqual(["github", "google"]);
  });
});

base("a provider that is not configured cannot be used", async ({ visitor }) => {
  for (const provider of ["github", "google"]) {
    expect(await begin(visitor, provider)).toMatchObject({ status: 404, body: { code: "PROVIDER_NOT_FOUND" } });
  }
  const { status, headers } = await visitor.get("/api/auth/callback/github?code=x&state=y");
  expect(status).toBe(302);
  expect(headers.get("location")).toMatch("/sign-in?error=");
});

base("Better Auth's own variables have no effect", async ({ database, start }) => {
  const service = await start({
    AUTH_DATABASE_URL: database.authUrl,
    BETTER_AUTH_URL: "https://evil.example",
    BETTER_AUTH_TRUSTED_ORIGINS: "https://evil.example",
    BETTER_AUTH_SECRETS: "1:another-secret-0123456789-0123456789-01234",
    TEST: "true",
  });
  await service.untilReady();
  const visitor = newVisitor(service);
  await visitor.signUp();

  const answer = await visitor.post("/api/auth/sign-out", {}, { origin: "https://evil.example" });

  expect(service.notes()).toEqual([
    "auth-service: BETTER_AUTH_URL has no effect",
    "auth-service: BETTER_AUTH_TRUSTED_ORIGINS has no effect",
    "auth-service: BETTER_AUTH_SECRETS has no effect",
    "auth-service: TEST has no effect",
  ]);
  expect(answer.status).toBe(403);
});
