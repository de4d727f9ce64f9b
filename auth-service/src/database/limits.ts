import { createHash } from "node:crypto";
import type { Pool } from "pg";
import { execute } from "./pool.ts";

/** So much, and no more, in a time that begins with the first of it. */
export interface Limit {
  readonly max: number;
  readonly windowSeconds: number;
}

/** Better Auth clears away what is older than the longest of its own windows; see `rateLimit` in endpoints.ts. */
export const LONGEST_WINDOW_SECONDS = 3_600;

const CONSUME = `
  with clock as (select (extract(epoch from clock_timestamp()) * 1000)::bigint as now),
  taken as (
    insert into "rateLimit" as seen (id, key, count, "lastRequest")
    select gen_random_uuid(), $1, 1, now from clock
    on conflict (key) do update set
      count = case when seen."lastRequest" > excluded."lastRequest" - $3::bigint then seen.count + 1 else 1 end,
      "lastRequest" = case when seen."lastRequest" > excluded."lastRequest" - $3::bigint
                           then seen."lastRequest" else excluded."lastRequest" end
      where seen.count < $2::int or seen."lastRequest" <= excluded."lastRequest" - $3::bigint
    returning key)
  select true as taken, 0::float8 as wait from taken
  union all
  select false, ((seen."lastRequest" + $3::bigint - now) / 1000.0)::float8
    from "rateLimit" seen, clock where seen.key = $1 and not exists (select from taken)`;

/** What stands for an address in the keys of counts: nobody reads from it whom it is about. */
export const digest = (text: string) => createHash("sha256").update(text.toLowerCase()).digest("base64url");

const keyOf = (what: string, whom: readonly string[]) => [what, ...whom.map(digest)].join("|");

/**
 * Takes one of what the limit leaves, in the table in which Better Auth counts requests, for all processes together.
 *
 * @param what - which thing is limited.
 * @param whom - for whom, and by whom; only digests of it are stored.
 * @returns the seconds to wait until there is something left again; 0 when one was taken.
 */
export async function consume(pool: Pool, what: string, whom: readonly string[], limit: Limit): Promise<number> {
  const values = [keyOf(what, whom), limit.max, limit.windowSeconds * 1_000];
  for (;;) {
    const [row] = await execute<{ taken: boolean; wait: number }>(pool, CONSUME, values);
    if (row?.taken) return 0;
    if (row && row.wait > 0) return row.wait;
    // Others used it up while this one waited for them, and a statement does not see what is younger than itself.
  }
}

/** Gives one back that was taken. */
export async function refund(pool: Pool, what: string, whom: readonly string[]): Promise<void> {
  await execute(pool, 'update "rateLimit" set count = count - 1 where key = $1 and count > 0', [keyOf(what, whom)]);
}

/** Forgets all that was taken for them, by whomever. */
export async function reset(pool: Pool, what: string, whom: string): Promise<void> {
  await execute(pool, 'delete from "rateLimit" where starts_with(key, $1)', [keyOf(what, [whom])]);
}
