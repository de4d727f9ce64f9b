import pg from "pg";
import { describe, expect } from "vitest";
import { consume } from "../../src/database/limits.ts";
import { test } from "../support/test.ts";

const LIMIT = { max: 5, windowSeconds: 3_600 };
const NOW = "(extract(epoch from clock_timestamp()) * 1000)::bigint";

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
