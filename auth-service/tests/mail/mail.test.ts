import { createHmac } from "node:crypto";
import { mkdtemp, readdir, readFile, rm, stat } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect } from "vitest";
import type { TestDatabase } from "../support/database.ts";
import { type MailServer, readMail, startMailServer, startSilentServer } from "../support/mail-server.ts";
import { SECRET, type Service, startService } from "../support/service.ts";
import { test as base } from "../support/test.ts";
import { until } from "../support/until.ts";
import { type Answer, newVisitor, type Visitor } from "../support/visitor.ts";

const FILE = { scope: "file" } as const;
const MAIL_FROM = "Taskchat <taskchat@example.com>";
const NOT_SENT = "could not send a mail";

const test = base
  // biome-ignore lint/correctness/noEmptyPattern: Vitest reads from the pattern what a fixture needs
  .extend("mailServer", FILE, async ({}, { onCleanup }) => {
    const server = await startMailServer();
    onCleanup(server.close);
    return server;
  })
  /** A service that sends mails to that server. */
  .extend("service", FILE, async ({ database, mailServer }, { onCleanup }) => {
    const environment = { AUTH_DATABASE_URL: database.authUrl, SMTP_URL: mailServer.url, MAIL_FROM };
    const service = await startService(environment);
    onCleanup(async () => void (await service.stop()));
    await service.untilReady();
    return service;
  });

const verify = (visitor: Visitor, token = "") => visitor.get(`/api/auth/verify-email?token=${token}`);

const askForReset = (visitor: Visitor) => visitor.post("/api/auth/request-password-reset", { email: visitor.email });

const reset = (visitor: Visitor, token: string | undefined, newPassword = "the new password") =>
  visitor.post("/api/auth/reset-password", { token, newPassword });

async function signUpVerified(visitor: Visitor, mailServer: MailServer): Promise<void> {
  await visitor.signUp();
  const [mail] = await mailServer.mailsTo(visitor.email);
  expect((await verify(visitor, mail?.token)).status).toBe(200);
  expect((await visitor.signIn()).status).toBe(200);
}

/** A token signed with the secret, by HS256. */
function signedToken(claims: object): string {
  const encoded = (value: object) => Buffer.from(JSON.stringify(value)).toString("base64url");
  const exp = Math.floor(Date.now() / 1000) + 3_600;
  const signed = `${encoded({ alg: "HS256" })}.${encoded({ exp, ...claims })}`;
  return `${signed}.${createHmac("sha256", SECRET).update(signed).digest("base64url")}`;
}

describe("signing up with mails enabled", () => {
  test("sends a link that confirms the address but signs nobody in", async ({ visitor, service, mailServer }) => {
    const signedUp = await visitor.signUp();
    expect(signedUp.status).toBe(200);
    expect(visitor.cookies.size).toBe(0);

    const [mail] = await mailServer.mailsTo(visitor.email);
    expect(mail?.subject).toBe("Confirm your email for Taskchat");
    expect(mail?.content).toContain(`${service.publicUrl}/verify-email#token=${mail?.token}`);
    expect(mail?.content).toContain(`From: ${MAIL_FROM}`);
    expect(mail?.content).not.toContain("Visitor"); // Anyone can choose the name.
    for (const somebody of [visitor, newVisitor(service)]) {
      const verified = await verify(somebody, mail?.token);
      expect(verified).toMatchObject({ status: 200, body: { status: true } });
      expect(verified.headers.getSetCookie()).toEqual([]);
    }

    expect((await visitor.signIn()).status).toBe(200);
    expect((await visitor.get("/api/auth/get-session")).body.user).toMatchObject({ emailVerified: true });
  });

  test("with an address that a stranger used before gives the stranger nothing that survives a reset", async ({
    visitor: stranger,
    service,
    mailServer,
  }) => {
    const { email } = stranger;
    const owner = newVisitor(service);
    const signIn = (password: string) => owner.post("/api/auth/sign-in/email", { email, password });
    await stranger.signUp();
    await owner.post("/api/auth/sign-up/email", { name: "Owner", email, password: owner.password });
    const mails = await mailServer.mailsTo(email, 2);

    await verify(owner, mails.find(({ token }) => token)?.token);

    expect(owner.cookies.size).toBe(0);
    expect((await signIn(owner.password)).status).toBe(401);
    expect((await stranger.signIn()).status).toBe(200);

    await askForReset(stranger);
    const [, , mail] = await mailServer.mailsTo(email, 3);
    expect((await reset(owner, mail?.token, owner.password)).status).toBe(200);

    expect((await stranger.get("/api/auth/token")).status).toBe(401);
    expect((await stranger.signIn()).status).toBe(401);
    expect((await signIn(owner.password)).status).toBe(200);
  });

  test.for([
    { updateTo: "thief@example.com" },
    { updateTo: "thief@example.com", requestType: "change-email-verification" },
    { updateTo: "thief@example.com", requestType: "change-email-confirmation" },
    { requestType: "something else" },
  ])("rejects a signed token with %o", async (claims, { visitor, service, mailServer, database }) => {
    await signUpVerified(visitor, mailServer);
    const thief = newVisitor(service);
    const invalid = await verify(thief, "not.a.token");

    const answer = await verify(thief, signedToken({ email: visitor.email, ...claims }));

    expect(answer).toMatchObject({ status: 401, body: invalid.body });
    expect(invalid.body.code).toBe("INVALID_TOKEN");
    expect(thief.cookies.size).toBe(0);
    expect(await database.query(`select from auth."user" where email = $1`, [visitor.email])).toHaveLength(1);
    // It is rejected for its claims, not for its signature.
    expect((await verify(thief, signedToken({ email: visitor.email }))).status).toBe(200);
  });

  test.for(["a\0b", "\ud800"])(
    "with the name %j does not reveal who has an account",
    async (name, { visitor, service, mailServer }) => {
      await signUpVerified(visitor, mailServer);
      const signUp = ({ email, password }: Visitor) =>
        visitor.post("/api/auth/sign-up/email", { name, email, password });

      for (const answer of [await signUp(visitor), await signUp(newVisitor(service))]) {
        expect(answer).toMatchObject({ status: 400, body: { code: "INVALID_NAME" } });
      }
    },
  );

  test("requires the link before a sign-in, and a sign-in sends another", async ({ visitor, mailServer }) => {
    await visitor.signUp();
    await mailServer.mailsTo(visitor.email);

    const wrong = await visitor.signIn("not the password");
    const right = await visitor.signIn();

    expect(wrong).toMatchObject({ status: 401, body: { code: "INVALID_EMAIL_OR_PASSWORD" } });
    expect(right).toMatchObject({ status: 403, body: { code: "EMAIL_NOT_VERIFIED" } });
    expect(await mailServer.mailsTo(visitor.email, 2)).toHaveLength(2);
  });

  test("with an existing address looks the same, and sends its owner a mail", async ({
    visitor,
    service,
    mailServer,
    database,
  }) => {
    await signUpVerified(visitor, mailServer);
    const body = (email: string) => ({ name: "Somebody", email, password: "another password" });
    const unknown = newVisitor(service);

    const first = await unknown.post("/api/auth/sign-up/email", body(unknown.email));
    const again = await unknown.post("/api/auth/sign-up/email", body(visitor.email));

    expect(again.status).toBe(first.status);
    expect(Object.keys(again.body.user).sort()).toEqual(Object.keys(first.body.user).sort());
    expect({ ...again.body.user, id: "", email: "", createdAt: "", updatedAt: "" }).toEqual({
      ...first.body.user,
      ...{ id: "", email: "", createdAt: "", updatedAt: "" },
    });
    const mails = await mailServer.mailsTo(visitor.email, 2);
    expect(mails[1]).toMatchObject({ subject: "You already have a Taskchat account", token: undefined });
    const accounts = await database.query(`select name from auth."user" where email = $1`, [visitor.email]);
    expect(accounts).toEqual([{ name: "Visitor" }]);
    expect((await visitor.signIn()).status).toBe(200);
  });

  test("and every other endpoint do not reveal whether an address has an account", async ({
    visitor,
    service,
    mailServer,
  }) => {
    await signUpVerified(visitor, mailServer);
    const unconfirmed = newVisitor(service);
    await unconfirmed.signUp();
    const password = "password"; // Too weak, so that no account is created.
    const requests = {
      "/sign-up/email": { name: "Somebody", password },
      "/sign-in/email": { password: "not the password" },
      "/request-password-reset": {},
      "/send-verification-email": {},
    };

    for (const [path, body] of Object.entries(requests)) {
      const ask = ({ email }: Visitor) => newVisitor(service).post(`/api/auth${path}`, { email, ...body });
      const shown = ({ status, body, headers }: Answer) => ({ status, body, cookies: headers.getSetCookie() });
      const [unknown, ...known] = [newVisitor(service), visitor, unconfirmed];
      const expected = shown(await ask(unknown));
      for (const somebody of known) expect(shown(await ask(somebody)), path).toEqual(expected);
    }
  });

  test("sends a limited number of mails", async ({ visitor, service, mailServer }) => {
    await visitor.signUp();
    for (let n = 0; n < 7; n += 1) await visitor.signIn();

    await until("three mails were left out", () => {
      const leftOut = service.log().filter(({ message }) => message.startsWith("mail skipped"));
      return leftOut.length >= 3;
    });
    expect(await mailServer.mailsTo(visitor.email, 5)).toHaveLength(5);
  });
});

describe("a forgotten password", () => {
  test("can be reset by mail, which ends every session", async ({ visitor, service, mailServer }) => {
    await signUpVerified(visitor, mailServer);
    expect((await askForReset(visitor)).status).toBe(200);
    expect((await askForReset(visitor)).status).toBe(200);
    const [, mail, other] = await mailServer.mailsTo(visitor.email, 3);
    expect(mail?.content).toContain(`${service.publicUrl}/reset-password#token=${mail?.token}`);

    expect((await reset(visitor, mail?.token)).status).toBe(200);

    expect((await visitor.get("/api/auth/token")).status).toBe(401);
    expect((await visitor.signIn()).status).toBe(401);
    expect((await visitor.signIn("the new password")).status).toBe(200);
    for (const used of [mail, other]) {
      expect(await reset(visitor, used?.token)).toMatchObject({ status: 400, body: { code: "INVALID_TOKEN" } });
    }
    const mails = await mailServer.mailsTo(visitor.email, 4);
    expect(mails[3]?.subject).toBe("Your Taskchat password was changed");
  });

  test("is reset in one transaction with the end of every session", async ({ visitor, mailServer, database }) => {
    await signUpVerified(visitor, mailServer);
    await askForReset(visitor);
    const [, mail] = await mailServer.mailsTo(visitor.email, 2);
    const sessions = `select from auth.session s join auth."user" u on u.id = s."userId" where email = $1`;

    const [before, between, replaced] = await database.session(async (client) => {
      // Block the steps after the password was stored.
      await client.query("begin");
      await client.query(`select from auth."user" where email = $1 for update`, [visitor.email]);
      const before = await database.query(sessions, [visitor.email]);
      const resetting = reset(visitor, mail?.token);
      await database.untilBlocked();
      const between = await database.query(sessions, [visitor.email]);
      await client.query("commit");
      return [before, between, await resetting] as const;
    });

    expect([before.length, between.length]).toEqual([1, 0]);
    expect(replaced.status).toBe(200);
    expect((await visitor.signIn("the new password")).status).toBe(200);
  });

  test("of an unconfirmed account is reset, which confirms the account", async ({ visitor, mailServer }) => {
    await visitor.signUp();
    await askForReset(visitor);
    const mails = await mailServer.mailsTo(visitor.email, 2);
    const mail = mails.find(({ subject }) => subject.startsWith("Reset"));

    await reset(visitor, mail?.token);

    expect((await visitor.signIn("the new password")).status).toBe(200);
  });

  test("of an unknown address looks the same and sends nothing", async ({ visitor, service, mailServer }) => {
    await visitor.signUp();
    const nobody = newVisitor(service);

    const [known, unknown] = [await askForReset(visitor), await askForReset(nobody)];

    expect(unknown).toMatchObject({ status: known.status, body: known.body });
    await mailServer.mailsTo(visitor.email, 2);
    expect(mailServer.countTo(nobody.email)).toBe(0);
  });

  test("leaves no usable token in the database", async ({ visitor, mailServer, database }) => {
    await visitor.signUp();
    await askForReset(visitor);
    const mails = await mailServer.mailsTo(visitor.email, 2);
    const { token = "" } = mails.find(({ subject }) => subject.startsWith("Reset")) ?? {};

    const rows = await database.query("select from auth.verification v where strpos(v::text, $1) > 0", [token]);

    expect(token).toMatch(/^\w{24}$/);
    expect(rows).toEqual([]);
  });
});

test("a reset link rejects weak passwords and keeps working", async ({ visitor, mailServer }) => {
  await signUpVerified(visitor, mailServer);
  await askForReset(visitor);
  const [, mail] = await mailServer.mailsTo(visitor.email, 2);
  const weak = { status: 400, body: { code: "PASSWORD_TOO_WEAK" } };

  for (const password of ["password", "        ", "Taskchat2026", visitor.email]) {
    expect(await reset(visitor, mail?.token, password)).toMatchObject(weak);
    const inAddress = `/api/auth/reset-password?token=${mail?.token}`;
    expect(await visitor.post(inAddress, { newPassword: password })).toMatchObject(weak);
  }

  expect((await reset(visitor, "no token", "password")).body.code).toBe("INVALID_TOKEN");
  expect((await reset(visitor, mail?.token)).status).toBe(200);
});

describe("a concurrent password change", () => {
  const OWNERS = "the owner's new password";
  const change = (thief: Visitor) =>
    thief.post("/api/auth/change-password", { currentPassword: thief.password, newPassword: "the thief's own" });

  test("does not undo a reset", async ({ visitor: thief, service, mailServer, database }) => {
    await signUpVerified(thief, mailServer);
    const owner = newVisitor(service);
    await askForReset(thief);
    const [, mail] = await mailServer.mailsTo(thief.email, 2);

    const [replaced, changed] = await database.session(async (client) => {
      // Postgres grants a row lock in the order of requests.
      await client.query("begin");
      await client.query(
        `select from auth.account where "userId" = (select id from auth."user" where email = $1) for update`,
        [thief.email],
      );
      const resetting = reset(owner, mail?.token, OWNERS);
      await database.untilBlocked({ statements: 1 });
      const changing = change(thief);
      await database.untilBlocked({ statements: 2 });
      await client.query("commit");
      return Promise.all([resetting, changing]);
    });

    expect(replaced.status).toBe(200);
    expect(changed).toMatchObject({ status: 400, body: { code: "INVALID_PASSWORD" } });
    expect(changed.headers.getSetCookie()).toEqual([]);
    expect((await thief.get("/api/auth/token")).status).toBe(401);
    expect((await thief.signIn("the thief's own")).status).toBe(401);
    expect((await thief.signIn(OWNERS)).status).toBe(200);
  });

  test("leaves no session after a reset", async ({ visitor: thief, service, mailServer, database }) => {
    await signUpVerified(thief, mailServer);
    const owner = newVisitor(service);
    await askForReset(thief);
    const [, mail] = await mailServer.mailsTo(thief.email, 2);

    const [replaced] = await database.session(async (client) => {
      // Block the insertion of the thief's new session, after the old sessions were deleted.
      await client.query("begin");
      await client.query(`select from auth."user" where email = $1 for update`, [thief.email]);
      const changing = change(thief);
      await database.untilBlocked({ statements: 1 });
      const resetting = reset(owner, mail?.token, OWNERS);
      await database.untilBlocked({ statements: 2 });
      await client.query("commit");
      return Promise.all([resetting, changing]);
    });

    expect(replaced.status).toBe(200);
    expect((await thief.get("/api/auth/token")).status).toBe(401);
    expect((await thief.signIn(OWNERS)).status).toBe(200);
  });
});

describe("a sign-in with the old password", () => {
  const OWNERS = "the owner's new password";

  /** Block a new password between the end of all sessions and its storage, and sign in during that time. */
  async function signInMeanwhile(
    replace: () => Promise<Answer>,
    thief: Visitor,
    database: TestDatabase,
  ): Promise<[signedIn: Answer, replaced: Answer]> {
    return database.session(async (client) => {
      await client.query("begin");
      await client.query(
        `select from auth.account where "userId" = (select id from auth."user" where email = $1) for share`,
        [thief.email],
      );
      const replacing = replace();
      await database.untilBlocked();
      const signedIn = await thief.signIn();
      await client.query("commit");
      return [signedIn, await replacing];
    });
  }

  test("does not survive a concurrent reset", async ({ visitor: owner, service, mailServer, database }) => {
    await signUpVerified(owner, mailServer);
    await askForReset(owner);
    const [, mail] = await mailServer.mailsTo(owner.email, 2);
    const thief = newVisitor(service, owner);

    const [signedIn, replaced] = await signInMeanwhile(() => reset(owner, mail?.token, OWNERS), thief, database);

    expect([signedIn.status, replaced.status]).toEqual([200, 200]);
    expect((await thief.get("/api/auth/token")).status).toBe(401);
  });

  test("does not survive a concurrent change", async ({ visitor: owner, service, mailServer, database }) => {
    await signUpVerified(owner, mailServer);
    const thief = newVisitor(service, owner);
    const passwords = { currentPassword: owner.password, newPassword: OWNERS };

    const [signedIn, replaced] = await signInMeanwhile(
      () => owner.post("/api/auth/change-password", passwords),
      thief,
      database,
    );

    expect([signedIn.status, replaced.status]).toEqual([200, 200]);
    expect((await thief.get("/api/auth/token")).status).toBe(401);
    expect((await owner.get("/api/auth/token")).status).toBe(200);
  });
});

test("changing the password invalidates reset links", async ({ visitor, mailServer }) => {
  await signUpVerified(visitor, mailServer);
  await askForReset(visitor);
  const [, mail] = await mailServer.mailsTo(visitor.email, 2);
  const passwords = { currentPassword: visitor.password, newPassword: "the changed password" };

  expect((await visitor.post("/api/auth/change-password", passwords)).status).toBe(200);

  expect(await reset(visitor, mail?.token)).toMatchObject({ status: 400, body: { code: "INVALID_TOKEN" } });
  expect((await visitor.signIn("the changed password")).status).toBe(200);
});

test("changing the password sends a mail", async ({ visitor, mailServer }) => {
  await signUpVerified(visitor, mailServer);
  const change = (currentPassword: string) =>
    visitor.post("/api/auth/change-password", { currentPassword, newPassword: "the new password" });

  expect((await change("not the password")).status).toBe(400);
  expect((await change(visitor.password)).status).toBe(200);

  const mails = await mailServer.mailsTo(visitor.email, 2);
  expect(mails.map(({ subject }) => subject)).toEqual([
    "Confirm your email for Taskchat",
    "Your Taskchat password was changed",
  ]);
});

test("the configuration says that mails are enabled", async ({ visitor }) => {
  expect((await visitor.get("/api/auth/config")).body).toMatchObject({ mail: true, password_reset: true });
});

describe("a mail server that", () => {
  const signUp = async (service: Service) => expect((await newVisitor(service).signUp()).status).toBe(200);

  test("never responds delays neither sign-ups nor, for long, the shutdown", async ({
    database,
    start,
    onTestFinished,
  }) => {
    const silent = await startSilentServer();
    onTestFinished(silent.close);
    const service = await start({
      AUTH_DATABASE_URL: database.authUrl,
      SMTP_URL: silent.url,
      MAIL_FROM,
      SHUTDOWN_GRACE_SECONDS: "0.2",
    });
    await service.untilReady();

    await signUp(service);
    await service.stop();

    // The mail was still unsent, so the sign-up did not wait for the timeout.
    expect(service.log().map(({ message }) => message)).not.toContain("could not send a mail");
    expect(service.log().map(({ message }) => message)).toContain("aborted mails that took too long");
  });

  test("is down fails no sign-up", async ({ database, start }) => {
    const silent = await startSilentServer();
    silent.close();
    const service = await start({ AUTH_DATABASE_URL: database.authUrl, SMTP_URL: silent.url, MAIL_FROM });
    await service.untilReady();

    await signUp(service);

    await service.untilLogged(NOT_SENT);
  });

  test("is remote and has no encryption gets no mail", async ({ database, start, mailServer }) => {
    // This address leads to localhost but is not recognized as local.
    const url = mailServer.url.replace("127.0.0.1", "[::ffff:127.0.0.1]");
    const service = await start({ AUTH_DATABASE_URL: database.authUrl, SMTP_URL: url, MAIL_FROM });
    await service.untilReady();
    const visitor = newVisitor(service);
    await visitor.signUp();

    await service.untilLogged(NOT_SENT);

    expect(mailServer.countTo(visitor.email)).toBe(0);
    expect(JSON.stringify(service.log())).toContain("ETLS");
  });

  test("rejects a mail fails no sign-up, and its message is not logged", async ({
    database,
    start,
    onTestFinished,
  }) => {
    const refusing = await startMailServer(() => Promise.reject(new Error("550 no mailbox here")));
    onTestFinished(refusing.close);
    const service = await start({ AUTH_DATABASE_URL: database.authUrl, SMTP_URL: refusing.url, MAIL_FROM });
    await service.untilReady();

    await signUp(service);

    await service.untilLogged(NOT_SENT);
    expect(JSON.stringify(service.log())).not.toContain("no mailbox here");
  });

  test("is slow gets the unsent mails during a shutdown", async ({ database, start, onTestFinished }) => {
    const { promise: accepted, resolve: accept } = Promise.withResolvers<void>();
    const { promise: asked, resolve: ask } = Promise.withResolvers<void>();
    const slow = await startMailServer(() => {
      ask();
      return accepted;
    });
    onTestFinished(slow.close);
    const service = await start({
      AUTH_DATABASE_URL: database.authUrl,
      SMTP_URL: slow.url,
      MAIL_FROM,
      SHUTDOWN_GRACE_SECONDS: "60",
    });
    await service.untilReady();
    const visitor = newVisitor(service);
    await visitor.signUp();
    await asked;

    const stopped = service.stop();
    await service.untilLogged("stopping");
    accept();

    expect(await stopped).toEqual({ status: 0 });
    expect(slow.countTo(visitor.email)).toBe(1);
    expect(service.log().map(({ message }) => message)).toContain("mail sent");
  });
});

describe("without a mail server", () => {
  test("on localhost, reset mails are files that only their owner can read", async ({
    database,
    start,
    onTestFinished,
  }) => {
    const data = await mkdtemp(join(tmpdir(), "taskchat-mail-"));
    onTestFinished(() => rm(data, { recursive: true, force: true }));
    const service = await start({ AUTH_DATABASE_URL: database.authUrl, TASKCHAT_DATA: data });
    await service.untilReady();
    const visitor = newVisitor(service);
    await visitor.signUp();
    expect(visitor.cookies.size).toBe(1);
    expect((await visitor.get("/api/auth/config")).body).toMatchObject({ mail: false, password_reset: true });

    await askForReset(visitor);
    await service.untilLogged("mail sent");

    const [name = ""] = await readdir(join(data, "mail"));
    const file = join(data, "mail", name);
    expect(name).toMatch(/-reset-.*\.eml$/);
    expect((await stat(file)).mode & 0o777).toBe(0o600);
    expect((await stat(join(data, "mail"))).mode & 0o777).toBe(0o700);
    const logged = service.log().find(({ message }) => message.includes(file));
    expect(logged?.level).toBe("warn");
    const mail = readMail(visitor.email, await readFile(file, "utf8"));
    expect(mail.content).toMatch(new RegExp(`^${service.publicUrl}/reset-password#token=${mail.token}$`, "m"));
    expect((await reset(visitor, mail.token)).status).toBe(200);
    expect((await visitor.signIn("the new password")).status).toBe(200);
  });

  test.for([
    { PUBLIC_URL: "https://chat.example.com", TASKCHAT_DATA: "/nowhere" },
    { PUBLIC_URL: "http://localhost:3000", TASKCHAT_DATA: undefined },
  ])("passwords can't be reset if no mail can be delivered: %o", async (environment, { database, start }) => {
    const service = await start({ AUTH_DATABASE_URL: database.authUrl, ...environment });
    await service.untilReady();
    const visitor = newVisitor(service);
    await visitor.signUp();

    expect((await visitor.get("/api/auth/config")).body).toMatchObject({ mail: false, password_reset: false });
    expect(await askForReset(visitor)).toMatchObject({ status: 400, body: { code: "RESET_PASSWORD_DISABLED" } });
  });
});
