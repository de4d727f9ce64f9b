import type { Server } from "node:http";
import { setTimeout as delay } from "node:timers/promises";
import type { Pool } from "pg";
import type { Logger } from "pino";

const REQUESTS_MS = 1_800;
const DATABASE_MS = 400;

/**
 * How to come to an end: no new connections, the requests under way finish, the database connections end. It takes less
 * than two and a half seconds, whatever hangs. Connections on which nothing happens are left to the end of the process.
 *
 * To be called before the server listens, so that no request goes uncounted.
 */
export function stopper(server: Server, pool: Pool, log: Logger): () => Promise<void> {
  const { promise: finished, resolve: finish } = Promise.withResolvers<"finished">();
  let underWay = 0;
  let stopping = false;
  const finishWhenIdle = () => stopping && underWay === 0 && finish("finished");

  server.on("request", (_request, response) => {
    underWay += 1;
    response.once("close", () => {
      underWay -= 1;
      finishWhenIdle();
    });
  });

  return async () => {
    stopping = true;
    server.close();
    finishWhenIdle();
    const outcome = await Promise.race([finished, delay(REQUESTS_MS)]);
    if (outcome !== "finished") log.warn("requests were cut off: they took too long");
    await Promise.race([pool.end(), delay(DATABASE_MS)]);
  };
}
