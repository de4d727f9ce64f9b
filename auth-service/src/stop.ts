import type { Server } from "node:http";
import { setTimeout as delay } from "node:timers/promises";
import type { Pool } from "pg";
import type { Logger } from "pino";

const REQUESTS_MS = 1_800;
const DATABASE_MS = 400;

/**
 * How to stop the server: no new connections, the requests under way finish, then the database connections end. It
 * takes less than two and a half seconds, whatever hangs.
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
    // What is left are connections that are kept alive, or on which nothing was ever said.
    server.closeAllConnections();
    await Promise.race([pool.end(), delay(DATABASE_MS)]);
  };
}
