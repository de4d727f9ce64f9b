import { describe, expect } from "vitest";
import type { TestDatabase } from "../support/database.ts";
import { startMailServer } from "../support/mail-server.ts";
import { startService } from "../support/service.ts";
import { test as base } from "../support/test.ts";
import { newVisitor, type Visitor } from "../support/visitor.ts";

const FILE = { scope: "file" } as const;
const PRODUCTION = { NODE_ENV: "production" };

const test = base
  /** Two processes in production mode; the tests act as their proxy. */
  .extend("services", FILE, async ({ database }, { onCleanup }) => {
    const environment = { AUTH_DATABASE_URL: database.authUrl, TRUSTED_PROXIES: "private", ...PRODUCTION };
    const services = [await startService(environment), await startService(environment)] as const;
    onCleanup(async () => {
      for (const service of services) await service.stop();
    });
    for (const service of services) await service.untilReady();
    return services;
  });

const from = (forwardedFor: string) => ({ "x-forwarded-for": forwardedFor });

const guess = (visitor: Visitor, headers: HeadersInit = {}) =>
  visitor.post("/api/auth/sign-in/email", { email: visitor.email, password: "a guess" }, headers);

/** The statuses of consecutive guesses. */
async function guesses(visitor: Visitor, forwardedFor: readonly string[]): Promise<number[]> {
  const statuses: number[] = [];
  for (const address of forwardedFor) statuses.push((await guess(visitor, from(address))).status);
  return statuses;
}

describe("in production", () => {
  test("sign-ins are limited across processes, and other requests are not", async ({ services }) => {
    const [here, there] = [newVisitor(services[0]), newVisitor(services[1])];
    await here.signUp();

    const allowed = [await here.signIn("a guess"), await there.signIn("a guess"), await here.signIn("a guess")];
    const fourth = await there.signIn("a guess");

    expect(allowed.map(({ status }) => status)).toEqual([401, 401, 401]);
    expect(fourth).toMatchObject({ status: 429, body: { code: "rate_limited", status: 429 } });
    expect(fourth.headers.get("content-type")).toBe("application/problem+json");
    expect(Number(fourth.headers.get("retry-after"))).toBeGreaterThanOrEqual(1);
    expect(Number(fourth.headers.get("retry-after"))).toBeLessThanOrEqual(10);
    for (let call = 0; call < 120; call += 1) {
      expect((await here.get("/api/auth/jwks")).status).toBe(200);
      expect((await here.get("/api/auth/token")).status).toBe(200);
    }
  });

  test("polled endpoints have a window that restarts after a second without requests", async ({
    services,
    database,
  }) => {
    const visitor = newVisitor(services[0]);
    const token = () => visitor.get("/api/auth/token", from("192.0.2.201"));
    await token();
    const count = (count: number, ageMs: number) =>
      database.query(
        `update auth."rateLimit" set count = $1::int, "lastRequest" = "lastRequest" - $2::int where key like '192.0.2.201|%'`,
        [count, ageMs],
      );

    await count(1_000, 1_000);

    expect((await token()).status).toBe(401);
    await count(1_000, -60_000); // In the future, so that a slow test can't be a pause.
    const refused = await token();
    expect(refused.status).toBe(429);
  });

  test("sign-ins are limited for ten seconds", async ({ database, start }) => {
    const service = await start({
      AUTH_DATABASE_URL: database.authUrl,
      TRUSTED_PROXIES: "private",
      NODE_OPTIONS: `--import=${import.meta.dirname}/../support/frozen-clock.ts`,
      ...PRODUCTION,
    });
    await service.untilReady();
    const visitor = newVisitor(service);
    for (let n = 0; n < 3; n += 1) expect((await guess(visitor, from("192.0.2.40"))).status).toBe(401);

    const refused = await guess(visitor, from("192.0.2.40"));

    expect(refused.status).toBe(429);
    expect(refused.headers.get("retry-after")).toBe("10");
  });

  test("the limit ends after Retry-After", async ({ services, database }) => {
    const visitor = newVisitor(services[0]);
    const address = from("192.0.2.200");
    for (let n = 0; n < 3; n += 1) await guess(visitor, address);
    const refused = await guess(visitor, address);
    expect(refused.status).toBe(429);

    // Let time pass.
    const seconds = Number(refused.headers.get("retry-after"));
    await database.query(
      `update auth."rateLimit" set "lastRequest" = "lastRequest" - $1::int * 1000 where key like '192.0.2.200|%'`,
      [seconds],
    );

    expect((await guess(visitor, address)).status).toBe(401);
  });

  test.for([
    {
      name: "another client has its own count",
      addresses: ["192.0.2.1", "192.0.2.1", "192.0.2.1", "192.0.2.2"],
      last: 401,
    },
    {
      name: "forged entries of X-Forwarded-For have no effect",
      addresses: ["1.1.1.1, 192.0.2.3", "2.2.2.2, 192.0.2.3", "127.0.0.1, 192.0.2.3", "3.3.3.3, 192.0.2.3"],
      last: 429,
    },
    {
      name: "further trusted proxies are skipped",
      addresses: ["192.0.2.4, 10.0.0.1", "192.0.2.4, 10.0.0.2", "192.0.2.4", "192.0.2.4, 10.0.0.1, 172.16.0.1"],
      last: 429,
    },
    {
      name: "an IPv6 network counts as one client",
      addresses: ["2001:db8:0:1::1", "2001:db8:0:1::2", "2001:DB8:0:1:ffff::3", "2001:db8:0:1:1:2:3:4"],
      last: 429,
    },
    {
      name: "another IPv6 network counts separately",
      addresses: ["2001:db8:0:2::1", "2001:db8:0:2::1", "2001:db8:0:2::1", "2001:db8:0:3::1"],
      last: 401,
    },
    {
      name: "an IPv4 address counts as one client in every notation",
      addresses: ["192.0.2.5", "::ffff:192.0.2.5", "192.0.2.5:4711", "[::ffff:192.0.2.5]:4711"],
      last: 429,
    },
  ])("$name", async ({ addresses, last }, { services }) => {
    expect(await guesses(newVisitor(services[0]), addresses)).toEqual([401, 401, 401, last]);
  });

  test("clients can't set our internal address header", async ({ services }) => {
    const visitor = newVisitor(services[0]);
    const statuses: number[] = [];
    for (const forged of ["9.9.9.1", "9.9.9.2", "9.9.9.3", "9.9.9.4"]) {
      const headers = { ...from("192.0.2.6"), "x-taskchat-client-address": forged };
      statuses.push((await guess(visitor, headers)).status);
    }

    expect(statuses).toEqual([401, 401, 401, 429]);
  });

  test("other spellings of a path answer 404 and are not counted", async ({ services, database }) => {
    const visitor = newVisitor(services[0]);
    const spellings = ["%73ign-in/email", "sign-in/emai%6c", "%73%69gn-in/email", "toke%6e"];
    for (const spelling of spellings) {
      const method = spelling.startsWith("toke")
        ? visitor.get
        : (path: string, headers: HeadersInit) => visitor.post(path, {}, headers);
      const answer = await method(`/api/auth/${spelling}`, from("192.0.2.30"));
      expect(answer).toMatchObject({ status: 404, body: { code: "not_found" } });
    }

    expect(await database.query(`select key from auth."rateLimit" where key like '192.0.2.30|%'`)).toEqual([]);
  });

  test("X-Forwarded-For has no effect without trusted proxies", async ({ database, start }) => {
    const service = await start({ AUTH_DATABASE_URL: database.authUrl, ...PRODUCTION });
    await service.untilReady();
    await database.query(`delete from auth."rateLimit"`);

    const statuses = await guesses(newVisitor(service), ["192.0.2.11", "192.0.2.12", "192.0.2.13", "192.0.2.14"]);

    expect(statuses).toEqual([401, 401, 401, 429]);
  });

  test("requests for mails are limited", async ({ services }) => {
    const visitor = newVisitor(services[0]);
    const statuses: number[] = [];
    for (let n = 0; n < 4; n += 1) {
      const body = { email: visitor.email };
      statuses.push((await visitor.post("/api/auth/request-password-reset", body, from("192.0.2.20"))).status);
    }

    expect(statuses).toEqual([400, 400, 400, 429]); // No mail can be delivered here.
  });

  test("an account gets a hundred attempts an hour from all addresses", async ({ services, database }) => {
    const [service] = services;
    const owner = newVisitor(service);
    const home = from("198.51.100.1");
    await owner.post("/api/auth/sign-up/email", { name: "Owner", email: owner.email, password: owner.password }, home);
    const [attacker, elsewhere] = [newVisitor(service), newVisitor(service)];
    const attempt = (visitor: Visitor, password: string, headers: HeadersInit) =>
      visitor.post("/api/auth/sign-in/email", { email: owner.email.toUpperCase(), password }, headers);

    // As if there had been ninety attempts.
    await attempt(attacker, "guess", from("203.0.113.250"));
    await database.query(`update auth."rateLimit" set count = 90 where key like 'tries|%' and count = 1`);
    const statuses = await Promise.all(
      Array.from({ length: 15 }, async (_, n) => (await attempt(attacker, "guess", from(`203.0.113.${n}`))).status),
    );

    expect(statuses.filter((status) => status === 401)).toHaveLength(10);
    expect(statuses.filter((status) => status === 429)).toHaveLength(5);
    const refused = await attempt(elsewhere, owner.password, from("203.0.113.251"));
    expect(refused).toMatchObject({ status: 429, body: { code: "rate_limited" } });
    expect(Number(refused.headers.get("retry-after"))).toBeGreaterThan(3_000);
    expect(Number(refused.headers.get("retry-after"))).toBeLessThanOrEqual(3_600);
    // Addresses where the owner is signed in have a further limit.
    expect((await attempt(elsewhere, owner.password, home)).status).toBe(200);
    // Others may share such an address, so it has a limit too. As if there had been two hundred attempts.
    await database.query(`update auth."rateLimit" set count = 200 where key like 'tries|%|%|%'`);
    expect((await attempt(elsewhere, owner.password, home)).status).toBe(429);
    expect(await guesses(newVisitor(service), ["203.0.113.252"])).toEqual([401]);
    const stored = await database.query(`select from auth."rateLimit" where strpos(key, $1) > 0`, [owner.email]);
    expect(stored).toEqual([]);
  });
});

describe("sign-in attempts", () => {
  const home = from("198.51.100.1");
  const attackers = from("203.0.113.1");

  const signIn = (visitor: Visitor, password: string, headers: HeadersInit) =>
    visitor.post("/api/auth/sign-in/email", { email: visitor.email, password }, headers);

  /** Creates an account and guesses its password once. */
  async function guessedAt(visitor: Visitor, database: TestDatabase): Promise<void> {
    await database.query(`delete from auth."rateLimit"`);
    await visitor.post(
      "/api/auth/sign-up/email",
      { name: "A", email: visitor.email, password: visitor.password },
      home,
    );
    await database.query(`update auth."user" set "emailVerified" = true where email = $1`, [visitor.email]);
    await database.query("delete from auth.session");
    expect((await guess(visitor, attackers)).status).toBe(401);
  }

  /** The counters of password attempts, per address and per account. */
  const counts = async (database: TestDatabase) =>
    (
      await database.query<{ count: number }>(
        `select count from auth."rateLimit" where key like 'tries|%' order by key like 'tries|%|%' desc, key`,
      )
    ).map(({ count }) => count);

  test("from one address end at twenty an hour, and lock nobody out", async ({ services, database }) => {
    const visitor = newVisitor(services[0]);
    await guessedAt(visitor, database);
    expect(await counts(database)).toEqual([1, 1]);
    await database.query(`update auth."rateLimit" set count = 20 where key like 'tries|%'`); // As if there had been twenty attempts.

    const refused = await guess(visitor, attackers);

    expect(refused).toMatchObject({ status: 429, body: { code: "rate_limited" } });
    expect(Number(refused.headers.get("retry-after"))).toBeGreaterThan(3_000);
    expect(await counts(database)).toEqual([20, 20]);
    expect((await signIn(visitor, visitor.password, home)).status).toBe(200);
  });

  test("with different spellings of an email are counted together", async ({ services, database }) => {
    const visitor = newVisitor(services[0]);
    await guessedAt(visitor, database);

    const body = { email: visitor.email.toUpperCase(), password: "a guess" };
    expect((await visitor.post("/api/auth/sign-in/email", body, attackers)).status).toBe(401);

    expect(await counts(database)).toEqual([2, 2]);
  });

  test("are allowed again after Retry-After, and not before", async ({ services, database }) => {
    const visitor = newVisitor(services[0]);
    await guessedAt(visitor, database);
    const waitSeconds = async () => {
      const [row] = await database.query<{ seconds: number }>(
        `select (("lastRequest" / 1000.0 + 3600) - extract(epoch from clock_timestamp()))::float8 as seconds
           from auth."rateLimit" where key like 'tries|%|%'`,
      );
      return row?.seconds ?? 0;
    };

    for (;;) {
      // Almost a whole second above 3000 s, so that rounding down would be visible.
      await database.query(
        `update auth."rateLimit" set count = 20,
           "lastRequest" = (extract(epoch from clock_timestamp()) * 1000)::bigint - 599000 - 1 where key like 'tries|%'`,
      );
      const refused = await guess(visitor, attackers);
      const remaining = await waitSeconds();

      expect(refused.status).toBe(429);
      expect(Number(refused.headers.get("retry-after"))).toBeGreaterThan(remaining);
      expect(Number(refused.headers.get("retry-after"))).toBeLessThanOrEqual(3_001);
      if (remaining > 3_000) break; // Otherwise the request took too long for the difference to show.
      await database.query(`delete from auth."rateLimit" where key not like 'tries|%'`);
    }
  });

  test("with the right password are not counted", async ({ services, database }) => {
    const visitor = newVisitor(services[0]);
    await guessedAt(visitor, database);

    expect((await signIn(visitor, visitor.password, attackers)).status).toBe(200);
    const passwords = { currentPassword: visitor.password, newPassword: "another password" };
    expect((await visitor.post("/api/auth/change-password", passwords, attackers)).status).toBe(200);

    expect(await counts(database)).toEqual([1, 1]);
  });

  test("are reset with the password", async ({ database, start, onTestFinished }) => {
    const mailServer = await startMailServer();
    onTestFinished(mailServer.close);
    const service = await start({
      AUTH_DATABASE_URL: database.authUrl,
      SMTP_URL: mailServer.url,
      MAIL_FROM: "taskchat@example.com",
      TRUSTED_PROXIES: "private",
      ...PRODUCTION,
    });
    await service.untilReady();
    const visitor = newVisitor(service);
    await guessedAt(visitor, database);
    await guess(visitor, home);
    await database.query(`update auth."rateLimit" set count = 100 where key like 'tries|%'`);
    expect((await signIn(visitor, visitor.password, home)).status).toBe(429);

    await visitor.post("/api/auth/request-password-reset", { email: visitor.email }, home);
    const mails = await mailServer.mailsTo(visitor.email, 2);
    const token = mails.find(({ subject }) => subject.startsWith("Reset"))?.token;
    const reset = { token, newPassword: "the new password" };
    expect((await visitor.post("/api/auth/reset-password", reset, home)).status).toBe(200);

    expect((await signIn(visitor, "the new password", home)).status).toBe(200);
  });

  test("leave no counter when the account is deleted", async ({ services, database }) => {
    const visitor = newVisitor(services[0]);
    const other = newVisitor(services[0]);
    await guessedAt(visitor, database);
    await guess(other, home);
    expect(await counts(database)).toEqual([1, 1, 1, 1]);
    await signIn(visitor, visitor.password, home);

    expect((await visitor.post("/api/auth/delete-user", { password: visitor.password }, home)).status).toBe(200);

    expect(await counts(database)).toEqual([1, 1]);
  });
});

test("there are no limits outside of production", async ({ visitor }) => {
  await visitor.signUp();
  for (let call = 0; call < 5; call += 1) expect((await visitor.signIn("a guess")).status).toBe(401);
});
