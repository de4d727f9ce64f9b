import type { Pool, PoolClient } from "pg";

/** Acquire the lock of this name until the end of the transaction. */
export const LOCK = "select pg_advisory_xact_lock(hashtextextended($1, 0))";

/** Run the work in a transaction that holds a named lock, one process at a time. */
export async function inLockedTransaction<Result>(
  pool: Pool,
  lock: string,
  work: (client: PoolClient) => Promise<Result>,
): Promise<Result> {
  const client = await pool.connect();
  let failure: unknown;
  try {
    await client.query("begin");
    await client.query("set local statement_timeout = 0"); // Waiting for the lock may take long.
    await client.query(LOCK, [lock]);
    const result = await work(client);
    await client.query("commit");
    return result;
  } catch (error) {
    failure = error;
    throw error;
  } finally {
    // Destroying the connection rolls back and releases the lock.
    client.release(failure !== undefined);
  }
}
