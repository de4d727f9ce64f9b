import type { Server } from "node:http";
import { setTimeout as delay } from "node:timers/promises";
import type { Pool } from "pg";

const REQUESTS_MS = 2_000;
const DATABASE_MS = 500;

/** Lets the requests under way finish, then the database connections; in all, at most two and a half seconds. */
export async function stop(server: Server, pool: Pool): Promise<void> {
  const closed = new Promise<void>((resolve) => server.close(() => resolve()));
  // A connection kept alive stays open after its last answer, and the server waits for it.
  const idle = setInterval(() => server.closeIdleConnections(), 20);
  await Promise.race([closed, delay(REQUESTS_MS)]);
  clearInterval(idle);
  server.closeAllConnections();
  await Promise.race([pool.end(), delay(DATABASE_MS)]);
}
