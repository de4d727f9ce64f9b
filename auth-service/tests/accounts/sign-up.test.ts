import { describe, expect } from "vitest";
import type { TestDatabase } from "../support/database.ts";
import { CLIENT, type GitHub, startGitHub } from "../support/github.ts";
import { startMailServer } from "../support/mail-server.ts";
import { type Environment, run, type Service } from "../support/service.ts";
import { test as base } from "../support/test.ts";
import { type Answer, newVisitor, type Visitor } from "../support/visitor.ts";

const FILE = { scope: "file" } as const;

const test = base
  // biome-ignore lint/correctness/noEmptyPattern: Vitest reads from the pattern what a fixture needs
  .extend("github", FILE, async ({}, { onCleanup }) => {
    const github = await startGitHub();
    onCleanup(github.close);
    return github;
  })
  // biome-ignore lint/correctness/noEmptyPattern: as above
  .extend("mailServer", FILE, async ({}, { onCleanup }) => {
    const server = await startMailServer();
    onCleanup(server.close);
    return server;
  })
  /** Starts a ready service with GitHub on the file's database. */
  .extend("startOpen", async ({ database, github, start }) => async (environment: Environment) => {
    const service = await start({
      AUTH_DATABASE_URL: database.authUrl,
      NODE_OPTIONS: `--import=${import.meta.dirname}/../support/redirect-fetch.ts`,
      PROVIDERS_URL: github.url,
      GITHUB_CLIENT_ID: CLIENT.id,
      GITHUB_CLIENT_SECRET: CLIENT.secret,
      ...environment,
    });
    await service.untilReady();
    return service;
  });

let ids = 5_000;

/** Signs in with GitHub; returns where it redirects. */
async function signInByGitHub(visitor: Visitor, github: GitHub, email: string, verified = true, id = ids++) {
  const begun = { provider: "github", callbackURL: "/", errorCallbackURL: "/sign-in" };
  const { body } = await visitor.post("/api/auth/sign-in/social", begun);
  const back = github.consent(body.url, { id, email, verified });
  const location = (await visitor.get(back.pathname + back.search)).headers.get("location");
  return location?.replace(/&error_description=.*/, "");
}

const at = (domain: string, service: Service) =>
  newVisitor(service, { email: `me-${ids++}@${domain}`, password: `pass phrase ${ids}` });

const accounts = (database: TestDatabase, email: string) =>
  database.query(`select from auth."user" where email = $1`, [email]);

const refusalOf = ({ status, body }: Answer) => ({ status, body });

describe("SIGN_UP=closed", () => {
  test("refuses every address alike and lets existing accounts in", async ({ startOpen, visitor, database }) => {
    await visitor.signUp();
    const service = await startOpen({ SIGN_UP: "closed" });
    const existing = newVisitor(service, visitor);
    const newcomer = newVisitor(service);

    const refused = await newcomer.signUp();

    expect(refusalOf(refused)).toEqual({
      status: 403,
      body: { code: "sign_up_closed", message: "New accounts can't be created here" },
    });
    expect(refusalOf(await existing.signUp())).toEqual(refusalOf(refused));
    expect(await accounts(database, newcomer.email)).toEqual([]);
    expect((await existing.signIn()).status).toBe(200);
    expect((await newcomer.get("/api/auth/config")).body.sign_up).toEqual({ open: false, email_domains: [] });
  });

  test("refuses new accounts from GitHub, and lets existing ones in", async ({
    startOpen,
    visitor,
    github,
    database,
  }) => {
    const before = await startOpen({});
    const email = newVisitor(before).email;
    const id = ids++;
    expect(await signInByGitHub(newVisitor(before), github, email, true, id)).toBe("/");
    await visitor.signUp();
    const service = await startOpen({ SIGN_UP: "closed" });
    const newcomer = newVisitor(service);

    expect(await signInByGitHub(newcomer, github, newcomer.email)).toBe("/sign-in?error=sign_up_closed");

    expect(await accounts(database, newcomer.email)).toEqual([]);
    expect((await newcomer.get("/api/auth/get-session")).body).toBeNull();
    expect(await signInByGitHub(newVisitor(service), github, email, true, id)).toBe("/");
    // Anyone can enter these addresses at GitHub.
    for (const unverified of [visitor.email, newcomer.email]) {
      const where = await signInByGitHub(newVisitor(service), github, unverified, false);
      expect(where).toBe("/sign-in?error=account_not_usable");
    }
  });
});

describe("SIGN_UP_EMAIL_DOMAINS", () => {
  test("permits these domains only, and verifies the addresses", async ({
    startOpen,
    visitor,
    github,
    mailServer,
    database,
  }) => {
    await visitor.signUp();
    const service = await startOpen({
      SIGN_UP_EMAIL_DOMAINS: "Corp.Example, bücher.example,corp.example",
      SMTP_URL: mailServer.url,
      MAIL_FROM: "taskchat@corp.example",
    });
    const outside = at("elsewhere.example", service);

    const refused = await outside.signUp();

    expect(refusalOf(refused)).toEqual({
      status: 403,
      body: { code: "email_domain_not_allowed", message: "Accounts need an email address at a permitted domain" },
    });
    // An account that existed before is not revealed.
    expect(refusalOf(await newVisitor(service, visitor).signUp())).toEqual(refusalOf(refused));
    for (const domain of ["sub.corp.example", "corp.example.", "evil.example@corp.example", "corp.example:25"]) {
      const other = at(domain, service);
      expect((await other.signUp()).body.code).toBe("email_domain_not_allowed");
      expect(await accounts(database, other.email)).toEqual([]);
    }

    for (const domain of ["CORP.example", "xn--bcher-kva.example"]) {
      expect((await at(domain, service).signUp()).status).toBe(200);
    }
    const inside = at("corp.example", service);
    expect((await inside.signUp()).status).toBe(200);
    expect((await inside.signIn()).body.code).toBe("EMAIL_NOT_VERIFIED");
    const [mail] = await mailServer.mailsTo(inside.email);
    expect((await inside.get(`/api/auth/verify-email?token=${mail?.token}`)).status).toBe(200);
    expect((await inside.signIn()).status).toBe(200);

    const fromGitHub = at("elsewhere.example", service);
    expect(await signInByGitHub(fromGitHub, github, fromGitHub.email)).toBe("/sign-in?error=email_domain_not_allowed");
    expect(await accounts(database, fromGitHub.email)).toEqual([]);
    expect(await signInByGitHub(fromGitHub, github, at("corp.example", service).email)).toBe("/");
    expect((await fromGitHub.get("/api/auth/config")).body.sign_up).toEqual({
      open: true,
      email_domains: ["corp.example", "xn--bcher-kva.example"],
    });
  });

  test("can't be evaded by changing the address later", async ({ visitor }) => {
    await visitor.signUp();
    const newEmail = "me@elsewhere.example";

    expect((await visitor.post("/api/auth/change-email", { newEmail })).status).toBe(404);
    expect((await visitor.post("/api/auth/update-user", { email: newEmail })).status).toBe(400);

    expect((await visitor.get("/api/auth/get-session")).body.user.email).toBe(visitor.email);
  });
});

describe("create-account", () => {
  const createAccount = (database: TestDatabase, ...args: string[]) =>
    run(
      "commands/create-account.ts",
      { AUTH_DATABASE_URL: database.authUrl, SIGN_UP: "closed", LOG_LEVEL: "info" },
      ...args,
    );

  test("prints a link that sets the password of a new account while sign-up is closed", async ({
    startOpen,
    database,
    mailServer,
  }) => {
    // With a mail server, addresses must be verified.
    const mail = { SMTP_URL: mailServer.url, MAIL_FROM: "taskchat@corp.example" };
    const service = await startOpen({ SIGN_UP: "closed", ...mail });
    const visitor = newVisitor(service);

    const { status, stdout } = await createAccount(database, visitor.email);

    expect(status).toBe(0);
    const [, token] = stdout.match(/^auth-service: .* http:\/\/localhost:3000\/reset-password#token=(\S+)\n$/) ?? [];
    const body = { token, newPassword: visitor.password };
    expect((await visitor.post("/api/auth/reset-password", body)).status).toBe(200);
    expect((await visitor.signIn()).status).toBe(200);
    const { user } = (await visitor.get("/api/auth/get-session")).body;
    expect(user).toMatchObject({ name: visitor.email.split("@")[0], emailVerified: true });
    expect((await visitor.post("/api/auth/reset-password", body)).body.code).toBe("INVALID_TOKEN");
  });

  test("prints another link until a password is set", async ({ startOpen, database }) => {
    const service = await startOpen({ SIGN_UP: "closed" });
    const visitor = newVisitor(service);
    const first = await createAccount(database, visitor.email);
    await database.query(`update auth.verification set "expiresAt" = now()`);

    const { status, stdout } = await createAccount(database, visitor.email);

    expect({ status, stdout: stdout.replace(/token=.*/, "") }).toEqual({
      status: 0,
      stdout: first.stdout.replace(/token=.*/, "").replace("was created", "has no password yet"),
    });
    const [, token] = stdout.match(/#token=(\S+)\n$/) ?? [];
    const body = { token, newPassword: visitor.password };
    expect((await visitor.post("/api/auth/reset-password", body)).status).toBe(200);
    expect((await visitor.signIn()).status).toBe(200);
    expect((await createAccount(database, visitor.email)).stderr).toMatch("already has an account");
  });

  test("leaves an existing account alone", async ({ visitor, database }) => {
    await visitor.signUp();

    const { status, stdout, stderr } = await createAccount(database, visitor.email.toUpperCase());

    expect({ status, stdout }).toEqual({ status: 1, stdout: "" });
    expect(stderr).toBe("auth-service: this address already has an account\n");
    expect((await visitor.signIn()).status).toBe(200);
  });

  test.for([[[]], [["no address"]], [["me@example.com", "you@example.com"]]])(
    "explains itself when called with %j",
    async ([args], { database }) => {
      const { status, stderr } = await createAccount(database, ...(args ?? []));

      expect(status).toBe(1);
      expect(stderr).toMatch(/^auth-service: usage: node auth-service\/src\/commands\/create-account\.ts you@example/);
    },
  );
});
