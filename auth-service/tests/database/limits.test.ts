import pg from "pg";
import { describe, expect } from "vitest";
import { consume, refund, reset } from "../../src/database/limits.ts";
import { test } from "../support/test.ts";

const LIMIT = { max: 5, windowSeconds: 3_600 };
const NOW = "(extract(epoch from clock_timestamp()) * 1000)::bigint";

test("a window starts with its first event and is not extended by later ones", async ({ database, onTestFinished }) => {
  const pool = new pg.Pool({ connectionString: database.authUrl });
  onTestFinished(() => pool.end());
  const count = () => consume(pool, "events", ["ada@example.com"], LIMIT);
  await count();
  await database.query(`update auth."rateLimit" set "lastRequest" = "lastRequest" - 1800000 where key like 'events|%'`);
  for (let n = 1; n < LIMIT.max; n += 1) expect(await count()).toBe(0);

  const wait = await count();

  expect(wait).toBeGreaterThan(0);
  expect(wait).toBeLessThanOrEqual(1_800);
});

test("refund takes back one event", async ({ database, onTestFinished }) => {
  const pool = new pg.Pool({ connectionString: database.authUrl });
  onTestFinished(() => pool.end());
  const one = { ...LIMIT, max: 1 };
  const count = (whom: string) => consume(pool, "refunds", [whom], one);
  for (const whom of ["ada@example.com", "bob@example.com"]) expect(await count(whom)).toBe(0);

  await refund(pool, "refunds", ["ada@example.com"]);
  await refund(pool, "refunds", ["ada@example.com"]);

  expect(await count("ada@example.com")).toBe(0);
  expect(await count("ada@example.com")).toBeGreaterThan(0);
  expect(await count("bob@example.com")).toBeGreaterThan(0);
});

test("reset deletes one user's counters of one kind", async ({ database, onTestFinished }) => {
  const pool = new pg.Pool({ connectionString: database.authUrl });
  onTestFinished(() => pool.end());
  const one = { ...LIMIT, max: 1 };
  const events = [
    ["resets", "ada@example.com", "192.0.2.1"],
    ["resets", "ada@example.com", "192.0.2.2"],
    ["resets", "bob@example.com", "192.0.2.1"],
    ["others", "ada@example.com", "192.0.2.1"],
  ] as const;
  const waits = () => Promise.all(events.map(([what, ...whom]) => consume(pool, what, whom, one)));
  expect(await waits()).toEqual([0, 0, 0, 0]);

  await reset(pool, "resets", "Ada@example.com");

  expect((await waits()).map((wait) => wait === 0)).toEqual([true, true, false, false]);
});

describe("a limit that concurrent requests use up", () => {
  test.for([
    {
      name: "in the first window",
      before: undefined,
      meanwhile: `insert into auth."rateLimit" (id, key, count, "lastRequest") values (gen_random_uuid(), $1, 5, ${NOW})`,
    },
    {
      name: "in a new window",
      before: `insert into auth."rateLimit" (id, key, count, "lastRequest") values (gen_random_uuid(), $1, 5, 0)`,
      meanwhile: `update auth."rateLimit" set count = 5, "lastRequest" = ${NOW} where key = $1`,
    },
  ])("$name", async ({ before, meanwhile }, { database, onTestFinished }) => {
    const pool = new pg.Pool({ connectionString: database.authUrl });
    onTestFinished(() => pool.end());
    await consume(pool, "mails", ["ada@example.com"], LIMIT);
    const [{ key } = { key: "" }] = await database.query<{ key: string }>(
      `delete from auth."rateLimit" where key like 'mails|%' returning key`,
    );
    if (before) await database.query(before, [key]);

    const wait = await database.session(async (others) => {
      await others.query("begin");
      await others.query(meanwhile, [key]);
      const taking = consume(pool, "mails", ["ada@example.com"], LIMIT);
      await database.untilBlocked();
      await others.query("commit");
      return await taking;
    });

    expect(wait).toBeGreaterThan(3_000);
  });
});
