import { describe, expect } from "vitest";
import type { Service } from "../support/service.ts";
import { test } from "../support/test.ts";
import { newVisitor, type Visitor } from "../support/visitor.ts";

const FIREFOX = "Mozilla/5.0 (X11; Linux x86_64; rv:145.0) Gecko/20100101 Firefox/145.0";
const IPHONE =
  "Mozilla/5.0 (iPhone; CPU iPhone OS 18_6 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.6 Mobile/15E148 Safari/604.1";

const signIn = async (service: Service, { email, password }: Visitor, userAgent: string): Promise<Visitor> => {
  const device = newVisitor(service);
  await device.post("/api/auth/sign-in/email", { email, password }, { "user-agent": userAgent });
  return device;
};

const devices = async (visitor: Visitor) => (await visitor.get("/api/auth/devices")).body;

const isSignedIn = async (visitor: Visitor) => (await visitor.get("/api/auth/token")).status === 200;

describe("the list of devices", () => {
  test("shows browser, system, address and times of each device, and marks the current one", async ({
    visitor,
    service,
  }) => {
    await visitor.signUp();
    const phone = await signIn(service, visitor, IPHONE);
    const laptop = await signIn(service, visitor, FIREFOX);

    const list = await devices(laptop);

    expect(list).toHaveLength(3);
    expect(list[0]).toEqual({
      id: expect.stringMatching(/^[0-9a-f-]{36}$/),
      isCurrent: true,
      browser: "Firefox",
      system: "Linux",
      address: "127.0.0.1",
      signedInAt: expect.stringMatching(/^\d{4}-.*Z$/),
      lastUsedAt: expect.stringMatching(/^\d{4}-.*Z$/),
    });
    expect(list[1]).toMatchObject({ isCurrent: false, browser: "Safari", system: "iOS" });
    expect(await devices(phone)).toContainEqual(expect.objectContaining({ isCurrent: true, browser: "Safari" }));
  });

  test.for(["", "x", "curl/8.5.0", `Mozilla/5.0 <b>${"x".repeat(5_000)}`])(
    "shows an unknown browser: %#",
    async (userAgent, { visitor, service }) => {
      await visitor.signUp();

      const [device] = await devices(await signIn(service, visitor, userAgent));

      expect(device).toMatchObject({ isCurrent: true, browser: null, system: null });
    },
  );

  test("contains no session token and no devices of other users", async ({ visitor, service }) => {
    await visitor.signUp();
    const stranger = newVisitor(service);
    await stranger.signUp();

    const { body } = await visitor.get("/api/auth/devices");

    const tokens = [...visitor.cookies.values()].map((cookie) => decodeURIComponent(cookie).split(".")[0] ?? "");
    expect(tokens[0]).toHaveLength(32);
    expect(JSON.stringify(body)).not.toContain(tokens[0]);
    expect(body).toHaveLength(1);
    expect((await newVisitor(service).get("/api/auth/devices")).status).toBe(401);
  });

  test("omits expired sessions", async ({ visitor, service, database }) => {
    await visitor.signUp();
    const [old] = await devices(await signIn(service, visitor, IPHONE));
    await database.query(`update auth.session set "expiresAt" = now() - interval '1 second' where id = $1`, [old.id]);

    expect(await devices(visitor)).toHaveLength(1);
  });
});

describe("logging out a device", () => {
  test("ends only its session", async ({ visitor, service }) => {
    await visitor.signUp();
    const phone = await signIn(service, visitor, IPHONE);
    const [{ id }] = await devices(phone);

    expect((await visitor.post("/api/auth/revoke-device", { id })).status).toBe(200);

    expect(await isSignedIn(phone)).toBe(false);
    expect(await isSignedIn(visitor)).toBe(true);
    // Restore the cookie.
    expect((await visitor.post("/api/auth/revoke-device", { id })).status).toBe(200);
  });

  test("does not affect other users", async ({ visitor, service }) => {
    await visitor.signUp();
    const stranger = newVisitor(service);
    await stranger.signUp();
    const [{ id }] = await devices(stranger);

    await visitor.post("/api/auth/revoke-device", { id });

    expect(await isSignedIn(stranger)).toBe(true);
  });

  test.for([{}, { id: "x" }, { id: 1 }, { id: null }, []])("needs an id: %j", async (body, { visitor }) => {
    await visitor.signUp();

    expect(await visitor.post("/api/auth/revoke-device", body)).toMatchObject({ status: 400 });
  });

  test("can end all other sessions at once", async ({ visitor, service }) => {
    await visitor.signUp();
    const others = [await signIn(service, visitor, IPHONE), await signIn(service, visitor, FIREFOX)];

    expect((await visitor.post("/api/auth/revoke-other-sessions", {})).status).toBe(200);

    for (const other of others) expect(await isSignedIn(other)).toBe(false);
    expect(await isSignedIn(visitor)).toBe(true);
  });

  describe("ten minutes after signing in", () => {
    const age = `update auth.session set "createdAt" = now() - interval '11 minutes'
                  where "userId" = (select id from auth."user" where email = $1)`;

    test.for([
      { path: "/revoke-device", needsId: true },
      { path: "/revoke-other-sessions", needsId: false },
      { path: "/revoke-sessions", needsId: false },
    ])("requires the password: $path", async ({ path, needsId }, { visitor, service, database }) => {
      await visitor.signUp();
      const phone = await signIn(service, visitor, IPHONE);
      const [{ id }] = await devices(phone);
      await database.query(age, [visitor.email]);
      const revoke = (proof: object) => visitor.post(`/api/auth${path}`, { ...(needsId && { id }), ...proof });

      expect(await revoke({})).toMatchObject({ status: 400, body: { code: "PASSWORD_REQUIRED" } });
      expect(await revoke({ password: "" })).toMatchObject({ status: 400, body: { code: "PASSWORD_REQUIRED" } });
      for (const password of ["not the password", "x".repeat(60_000)]) {
        expect(await revoke({ password })).toMatchObject({ status: 400, body: { code: "INVALID_PASSWORD" } });
      }
      expect(await isSignedIn(phone)).toBe(true);
      expect((await revoke({ password: visitor.password })).status).toBe(200);
      expect(await isSignedIn(phone)).toBe(false);
    });

    test("requires a new sign-in for accounts without a password", async ({ visitor, service, database }) => {
      await visitor.signUp();
      const phone = await signIn(service, visitor, IPHONE);
      const [{ id }] = await devices(phone);
      await database.query(age, [visitor.email]);
      await database.query(
        `update auth.account set password = null, "providerId" = 'github'
          where "userId" = (select id from auth."user" where email = $1)`,
        [visitor.email],
      );

      for (const proof of [{}, { password: visitor.password }]) {
        const answer = await visitor.post("/api/auth/revoke-device", { id, ...proof });
        expect(answer).toMatchObject({ status: 403, body: { code: "SESSION_NOT_FRESH" } });
      }
      expect(await isSignedIn(phone)).toBe(true);
    });
  });
});

describe("signing in again", () => {
  test("ends the browser's previous session", async ({ visitor, database }) => {
    await visitor.signUp();
    const before = new Map(visitor.cookies);

    await visitor.signIn();

    expect(visitor.cookies).not.toEqual(before);
    expect(await devices(visitor)).toHaveLength(1);
    const sessions = `select from auth.session s join auth."user" u on u.id = s."userId" where email = $1`;
    expect(await database.query(sessions, [visitor.email])).toHaveLength(1);
  });

  test("as another user ends it too", async ({ visitor, service, database }) => {
    await visitor.signUp();
    const other = newVisitor(service);

    await visitor.post("/api/auth/sign-up/email", { name: "Other", email: other.email, password: other.password });

    const sessions = `select from auth.session s join auth."user" u on u.id = s."userId" where email = $1`;
    expect(await database.query(sessions, [visitor.email])).toEqual([]);
    expect(await isSignedIn(visitor)).toBe(true);
  });

  test("with a wrong password keeps it", async ({ visitor }) => {
    await visitor.signUp();

    expect((await visitor.signIn("not the password")).status).toBe(401);

    expect(await isSignedIn(visitor)).toBe(true);
  });

  test("ends no session for a forged cookie", async ({ visitor, service }) => {
    await visitor.signUp();
    const [name, value = ""] = [...visitor.cookies][0] ?? [];
    const forged = `${name}=${decodeURIComponent(value).split(".")[0]}.${Buffer.alloc(32).toString("base64")}`;
    const thief = newVisitor(service);
    const { email, password } = thief;

    await thief.post("/api/auth/sign-up/email", { name: "Thief", email, password }, { cookie: forged });

    expect(await isSignedIn(visitor)).toBe(true);
  });
});

describe("a session's life", () => {
  const setTimes = `
    update auth.session set "createdAt" = now() - $2::interval, "updatedAt" = now() - interval '2 days',
                            "expiresAt" = now() + interval '5 days'
     where "userId" = (select id from auth."user" where email = $1)
    returning "createdAt"`;
  const expiry = `
    select extract(epoch from "expiresAt" - "createdAt") / 86400 as days from auth.session
     where "userId" = (select id from auth."user" where email = $1)`;

  test.for(["/get-session", "/token", "/devices"])(
    "ends 30 days after it began, even in use: %s",
    async (path, { visitor, database }) => {
      await visitor.signUp();
      await database.query(setTimes, [visitor.email, "29 days"]);

      expect((await visitor.get(`/api/auth${path}`)).status).toBe(200);

      const [{ days }] = (await database.query(expiry, [visitor.email])) as [{ days: string }];
      expect(Number(days)).toBeCloseTo(30, 3);
    },
  );

  test("ends at the first use if it is already older", async ({ visitor, database }) => {
    await visitor.signUp();
    await database.query(setTimes, [visitor.email, "31 days"]);
    await visitor.get("/api/auth/get-session");

    expect((await visitor.get("/api/auth/get-session")).body).toBeNull();
    expect(await isSignedIn(visitor)).toBe(false);
  });

  test("is extended to seven days at each use before that", async ({ visitor, database }) => {
    await visitor.signUp();
    await database.query(setTimes, [visitor.email, "10 days"]);

    await visitor.get("/api/auth/get-session", { "user-agent": FIREFOX });

    const [{ days }] = (await database.query(expiry, [visitor.email])) as [{ days: string }];
    expect(Number(days)).toBeCloseTo(17, 3);
    expect(await devices(visitor)).toMatchObject([{ browser: "Firefox", system: "Linux" }]);
  });

  test("is limited by a setting", async ({ database, start }) => {
    const service = await start({ AUTH_DATABASE_URL: database.authUrl, SESSION_MAX_AGE_DAYS: "1" });
    await service.untilReady();
    const visitor = newVisitor(service);

    await visitor.signUp();

    const [{ days }] = (await database.query(expiry, [visitor.email])) as [{ days: string }];
    expect(Number(days)).toBeCloseTo(1, 3);
  });
});
