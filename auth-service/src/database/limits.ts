import { createHash } from "node:crypto";
import type { Pool } from "pg";
import { execute } from "./pool.ts";

/** At most `max` events per fixed window, which starts with the first event. */
interface Limit {
  readonly max: number;
  readonly windowSeconds: number;
}

/** Better Auth deletes counters older than its longest window; see `rateLimit` in endpoints.ts. */
export const LONGEST_WINDOW_SECONDS = 3_600;

const CONSUME = `
  with clock as (select (extract(epoch from clock_timestamp()) * 1000)::bigint as now),
  consumed as (
    insert into "rateLimit" as seen (id, key, count, "lastRequest")
    select gen_random_uuid(), $1, 1, now from clock
    on conflict (key) do update set
      count = case when seen."lastRequest" > excluded."lastRequest" - $3::bigint then seen.count + 1 else 1 end,
      "lastRequest" = case when seen."lastRequest" > excluded."lastRequest" - $3::bigint
                           then seen."lastRequest" else excluded."lastRequest" end
      where seen.count < $2::int or seen."lastRequest" <= excluded."lastRequest" - $3::bigint
    returning key)
  select true as consumed, 0::float8 as wait from consumed
  union all
  select false, ((seen."lastRequest" + $3::bigint - now) / 1000.0)::float8
    from "rateLimit" seen, clock where seen.key = $1 and not exists (select from consumed)`;

/** Stands for an address in the keys of counters, so that the table does not reveal it. */
export const digest = (text: string) => createHash("sha256").update(text.toLowerCase()).digest("base64url");

const keyOf = (what: string, whom: readonly string[]) => [what, ...whom.map(digest)].join("|");

/**
 * Count one event, in Better Auth's table, which all processes share.
 *
 * @param what - the kind of event.
 * @param whom - whom it concerns, and who caused it; stored as digests.
 * @returns 0 if the limit allows the event, or else the seconds until the window ends.
 */
export async function consume(pool: Pool, what: string, whom: readonly string[], limit: Limit): Promise<number> {
  const values = [keyOf(what, whom), limit.max, limit.windowSeconds * 1_000];
  for (;;) {
    const [row] = await execute<{ consumed: boolean; wait: number }>(pool, CONSUME, values);
    if (row?.consumed) return 0;
    if (row && row.wait > 0) return row.wait;
    // Concurrent statements used up the limit, and this one's snapshot is older than theirs.
  }
}

/** Take back one event. */
export async function refund(pool: Pool, what: string, whom: readonly string[]): Promise<void> {
  await execute(pool, 'update "rateLimit" set count = count - 1 where key = $1 and count > 0', [keyOf(what, whom)]);
}

/** Delete all counters that concern them, whoever caused the events. */
export async function reset(pool: Pool, what: string, whom: string): Promise<void> {
  await execute(pool, 'delete from "rateLimit" where starts_with(key, $1)', [keyOf(what, [whom])]);
}
