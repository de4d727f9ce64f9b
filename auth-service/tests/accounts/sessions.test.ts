import { describe, expect } from "vitest";
import { test } from "../support/test.ts";
import { newVisitor } from "../support/visitor.ts";

describe("signing up", () => {
  test("creates an account, a session in the database and an HttpOnly cookie", async ({ visitor, database }) => {
    const answer = await visitor.signUp();

    expect(answer.status).toBe(200);
    expect(answer.body.user).toMatchObject({ email: visitor.email, emailVerified: false });
    expect(answer.headers.get("set-cookie")).toMatch(
      /^better-auth-3000\.session_token=[^;]+; Max-Age=604800; Path=\/; HttpOnly; SameSite=Lax$/,
    );
    expect(answer.headers.get("cache-control")).toBe("no-store");
    const sessions = await database.query(`select from auth.session where "userId" = $1`, [answer.body.user.id]);
    expect(sessions).toHaveLength(1);
  });

  test("with the email of an existing account is rejected and changes nothing", async ({ visitor, database }) => {
    await visitor.signUp();

    const answer = await visitor.post("/api/auth/sign-up/email", {
      name: "Somebody else",
      email: visitor.email.toUpperCase(),
      password: "another password",
    });

    expect(answer.status).toBe(422);
    expect(answer.body.code).toBe("USER_ALREADY_EXISTS_USE_ANOTHER_EMAIL");
    expect(await database.query(`select name from auth."user" where email = $1`, [visitor.email])).toEqual([
      { name: "Visitor" },
    ]);
  });

  test("twice at once creates one account", async ({ visitor, database }) => {
    const answers = await Promise.all([visitor.signUp(), visitor.signUp(), visitor.signUp()]);

    expect(answers.map(({ status }) => status).sort()).toEqual([200, 422, 422]);
    const [count] = await database.query(
      `select count(*)::int as users,
              (select count(*)::int from auth.account a join auth."user" u on a."userId" = u.id where email = $1) as accounts
         from auth."user" where email = $1`,
      [visitor.email],
    );
    expect(count).toEqual({ users: 1, accounts: 1 });
  });

  test("needs a password of eight characters", async ({ visitor }) => {
    const answer = await visitor.post("/api/auth/sign-up/email", {
      name: "V",
      email: visitor.email,
      password: "seven77",
    });

    expect(answer.status).toBe(400);
    expect(answer.body.code).toBe("PASSWORD_TOO_SHORT");
  });
});

describe("a session", () => {
  test("starts with the right password and ends at sign-out, also in the database", async ({
    visitor,
    service,
    database,
  }) => {
    const { body: signedUp } = await visitor.signUp();
    const elsewhere = newVisitor(service);
    const signedIn = await elsewhere.post("/api/auth/sign-in/email", {
      email: visitor.email,
      password: visitor.password,
    });
    expect(signedIn.status).toBe(200);
    const session = await elsewhere.get("/api/auth/get-session");
    expect(session.body.user).toMatchObject({ id: signedUp.user.id, email: visitor.email });

    const signedOut = await elsewhere.post("/api/auth/sign-out", {});

    expect(signedOut.status).toBe(200);
    expect(elsewhere.cookies.size).toBe(0);
    expect((await elsewhere.get("/api/auth/get-session")).body).toBeNull();
    expect(await database.query("select from auth.session where id = $1", [session.body.session.id])).toEqual([]);
    expect((await visitor.get("/api/auth/get-session")).body.user.id).toBe(signedUp.user.id);
  });

  test("does not start with a wrong password or an unknown email, with the same response", async ({
    visitor,
    service,
  }) => {
    await visitor.signUp();

    const wrong = await newVisitor(service).post("/api/auth/sign-in/email", {
      email: visitor.email,
      password: "not the password",
    });
    const unknown = await newVisitor(service).signIn();

    expect(wrong.status).toBe(401);
    expect(wrong.body).toEqual({ code: "INVALID_EMAIL_OR_PASSWORD", message: "Invalid email or password" });
    expect(unknown.status).toBe(401);
    expect(unknown.body).toEqual(wrong.body);
  });

  test("is rejected if the cookie's signature is forged", async ({ visitor, service }) => {
    await visitor.signUp();
    const [name, value = ""] = [...visitor.cookies][0] ?? [];
    const unsigned = decodeURIComponent(value).split(".")[0];
    const forged = `${name}=${unsigned}.${Buffer.alloc(32).toString("base64")}`;

    const answer = await fetch(`${service.url}/api/auth/token`, { headers: { cookie: forged } });

    expect(answer.status).toBe(401);
  });

  test("can't be ended by a page of another origin", async ({ visitor, service }) => {
    await visitor.signUp();
    const cookie = [...visitor.cookies].map((pair) => pair.join("=")).join("; ");

    const answer = await fetch(`${service.url}/api/auth/sign-out`, {
      method: "POST",
      headers: { cookie, origin: "https://elsewhere.example", "content-type": "application/json" },
      body: "{}",
    });

    expect(answer.status).toBe(403);
    expect((await visitor.get("/api/auth/get-session")).body).not.toBeNull();
  });

  test("has a token that no response contains", async ({ visitor }) => {
    const secrets = () => [...visitor.cookies.values()].map((cookie) => decodeURIComponent(cookie).split(".")[0] ?? "");
    const answers = [
      await visitor.signUp(),
      await visitor.signIn(),
      await visitor.get("/api/auth/get-session"),
      await visitor.get("/api/auth/list-accounts"),
      await visitor.post("/api/auth/change-password", {
        currentPassword: visitor.password,
        newPassword: "another long one",
      }),
    ];

    expect(secrets()[0]).toHaveLength(32);
    for (const { status, body } of answers) {
      expect(status).toBe(200);
      expect(body.token).toBeUndefined();
      expect(body.session?.token).toBeUndefined();
      expect(JSON.stringify(body)).not.toContain(secrets()[0]);
    }
  });

  test("ends everywhere on request", async ({ visitor, service }) => {
    await visitor.signUp();
    const elsewhere = newVisitor(service);
    await elsewhere.post("/api/auth/sign-in/email", { email: visitor.email, password: visitor.password });

    expect((await visitor.post("/api/auth/revoke-sessions", {})).status).toBe(200);

    for (const somebody of [visitor, elsewhere]) expect((await somebody.get("/api/auth/token")).status).toBe(401);
  });

  test("ends on all other devices when the password changes", async ({ visitor, service }) => {
    await visitor.signUp();
    const elsewhere = newVisitor(service);
    await elsewhere.post("/api/auth/sign-in/email", { email: visitor.email, password: visitor.password });
    const before = new Map(visitor.cookies);

    // The page can't decide whether they end.
    const changed = await visitor.post("/api/auth/change-password", {
      currentPassword: visitor.password,
      newPassword: "another password",
      revokeOtherSessions: false,
    });

    expect(changed.status).toBe(200);
    expect((await elsewhere.get("/api/auth/token")).status).toBe(401);
    expect((await visitor.get("/api/auth/token")).status).toBe(200);
    expect(visitor.cookies).not.toEqual(before);
    expect((await visitor.signIn()).status).toBe(401);
    expect((await visitor.signIn("another password")).status).toBe(200);
  });

  test("does not start with a password that changes during the check", async ({ visitor, service, database }) => {
    await visitor.signUp();
    const { email, password } = visitor;
    const strangers = [newVisitor(service), newVisitor(service), newVisitor(service)];

    const [changed, ...signIns] = await database.session(async (client) => {
      // Block only the insertion of sessions.
      await client.query("begin");
      await client.query(`select from auth."user" where email = $1 for update`, [email]);
      const started = strangers.map((stranger) => stranger.post("/api/auth/sign-in/email", { email, password }));
      await database.untilBlocked({ statements: 3 });
      const change = visitor.post("/api/auth/change-password", {
        currentPassword: password,
        newPassword: "another long one",
      });
      await database.untilBlocked({ statements: 4 });
      await client.query("commit");
      return Promise.all([change, ...started]);
    });

    expect(changed?.status).toBe(200);
    for (const { status, body, headers } of signIns) {
      expect({ status, code: body.code }).toEqual({ status: 401, code: "INVALID_EMAIL_OR_PASSWORD" });
      expect(headers.getSetCookie()).toEqual([]);
    }
    const sessions = `select from auth.session s join auth."user" u on u.id = s."userId" where email = $1`;
    expect(await database.query(sessions, [email])).toHaveLength(1);
  });

  test("survives a sign-up at another port of localhost, with which browsers share cookies", async ({
    database,
    start,
  }) => {
    const urls = ["http://localhost:3000", "http://localhost:3150"];
    const jar = new Map<string, string>();
    const visitors = await Promise.all(
      urls.map(async (PUBLIC_URL) => {
        const service = await start({ AUTH_DATABASE_URL: database.authUrl, PUBLIC_URL });
        await service.untilReady();
        return newVisitor(service, undefined, jar);
      }),
    );
    for (const visitor of visitors) await visitor.signUp();

    for (const visitor of visitors) {
      expect((await visitor.get("/api/auth/get-session")).body.user.email).toBe(visitor.email);
    }
  });

  test("has a __Host- cookie if the public URL is https", async ({ database, start }) => {
    const service = await start({ AUTH_DATABASE_URL: database.authUrl, PUBLIC_URL: "https://chat.example.com" });
    await service.untilReady();
    const visitor = newVisitor(service);

    const answer = await visitor.signUp();

    expect((await visitor.get("/api/auth/get-session")).body.user.email).toBe(visitor.email);
    const [[, value = ""] = []] = [...visitor.cookies];
    const planted = await newVisitor(service).get("/api/auth/get-session", {
      cookie: `__Secure-better-auth.session_token=${value}; better-auth.session_token=${value}`,
    });
    expect(planted.body).toBeNull();
    expect(answer.headers.get("set-cookie")).toMatch(
      /^__Host-better-auth\.session_token=[^;]+; Max-Age=604800; Path=\/; HttpOnly; Secure; SameSite=Lax$/,
    );
  });
});

test.for([
  { url: "https://chat.example.com", hsts: "max-age=31536000; includeSubDomains" },
  { url: "https://localhost", hsts: null },
  { url: "http://localhost:3000", hsts: null },
])("the HSTS header at $url is $hsts", async ({ url, hsts }, { database, start }) => {
  const service = await start({ AUTH_DATABASE_URL: database.authUrl, PUBLIC_URL: url });
  await service.untilReady();

  for (const path of ["/api/auth/get-session", "/api/auth/config", "/nowhere"]) {
    expect((await newVisitor(service).get(path)).headers.get("strict-transport-security")).toBe(hsts);
  }
});

test.for([" ", "x".repeat(101), 1, "a\0b", "a\nb", "a\u009bb", "\ud800"])(
  "sign-up rejects the name %j",
  async (name, { visitor, database }) => {
    const answer = await visitor.post("/api/auth/sign-up/email", {
      name,
      email: visitor.email,
      password: "correct horse",
    });

    expect(answer).toMatchObject({ status: 400, body: { code: "INVALID_NAME" } });
    expect(await database.query('select from auth."user" where email = $1', [visitor.email])).toHaveLength(0);
  },
);

test.for([
  { image: "https://elsewhere.example/spy.png" },
  { emailVerified: true },
  { id: "00000000-0000-4000-8000-000000000000" },
])("sign-up rejects %o", async (more, { visitor, database }) => {
  const { email, password } = visitor;
  const signUp = (extra: object) => visitor.post("/api/auth/sign-up/email", { name: "V", email, password, ...extra });

  expect(await signUp(more)).toMatchObject({ status: 400, body: { code: "UNKNOWN_FIELD" } });
  expect(await database.query('select from auth."user" where email = $1', [email])).toEqual([]);
  expect((await signUp({ callbackURL: "/", rememberMe: true })).status).toBe(200);
});

describe("an address of more than 254 characters", () => {
  const email = `${"x".repeat(64)}@${"y".repeat(60)}.${"z".repeat(60)}.${"w".repeat(63)}.com`;

  test.for([
    { path: "/sign-up/email", more: { name: "V", password: "seven quiet lanterns" } },
    { path: "/sign-in/email", more: { password: "seven quiet lanterns" } },
    { path: "/request-password-reset", more: {} },
    { path: "/send-verification-email", more: {} },
  ])("is rejected at $path and not stored", async ({ path, more }, { visitor, service, database }) => {
    const answer = await visitor.post(`/api/auth${path}`, { email: `${email.slice(0, -4)}z.com`, ...more });

    expect(answer).toMatchObject({ status: 400, body: { code: "EMAIL_TOO_LONG" } });
    expect(JSON.stringify(answer.body)).not.toContain("xxx");
    expect(JSON.stringify(service.log())).not.toContain("xxx");
    expect(await database.query(`select from auth."user" where email like 'xxx%'`)).toEqual([]);
  });

  test("is one character longer than the limit", async ({ visitor }) => {
    expect(email).toHaveLength(254);
    const answer = await visitor.post("/api/auth/sign-up/email", {
      name: "V",
      email,
      password: "seven quiet lanterns",
    });

    expect(answer.status).toBe(200);
  });
});

describe("changing the account", () => {
  test("changes the name", async ({ visitor }) => {
    await visitor.signUp();

    expect((await visitor.post("/api/auth/update-user", { name: "Augusta" })).status).toBe(200);

    expect((await visitor.get("/api/auth/get-session")).body.user.name).toBe("Augusta");
  });

  test.for([
    {},
    { name: "" },
    { name: " " },
    { name: "x".repeat(101) },
    { name: 1 },
    { name: "a\0b" },
    { image: "https://elsewhere.example/spy.png" },
    { name: "Augusta", image: "https://elsewhere.example/spy.png" },
    { name: "Augusta", emailVerified: true },
  ])("rejects %j", async (body, { visitor }) => {
    await visitor.signUp();

    const answer = await visitor.post("/api/auth/update-user", body);

    expect(answer).toMatchObject({ status: 400, body: { code: "INVALID_NAME" } });
    expect((await visitor.get("/api/auth/get-session")).body.user).toMatchObject({
      name: "Visitor",
      image: null,
      emailVerified: false,
    });
  });
});
