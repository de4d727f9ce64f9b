import type { Pool, PoolClient } from "pg";

/** Waits until nobody else holds the lock of this name, and keeps others waiting until the transaction ends. */
export const LOCK = "select pg_advisory_xact_lock(hashtextextended($1, 0))";

/** Does the work in a transaction that only one process at a time can be in, among those that name the same lock. */
export async function inLockedTransaction<Result>(
  pool: Pool,
  lock: string,
  work: (client: PoolClient) => Promise<Result>,
): Promise<Result> {
  const client = await pool.connect();
  let failure: unknown;
  try {
    await client.query("begin");
    await client.query("set local statement_timeout = 0"); // Others may hold the lock for long.
    await client.query(LOCK, [lock]);
    const result = await work(client);
    await client.query("commit");
    return result;
  } catch (error) {
    failure = error;
    throw error;
  } finally {
    // A connection that is thrown away rolls back, and lets go of the lock.
    client.release(failure !== undefined);
  }
}
