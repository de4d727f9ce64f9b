import type { Server } from "node:http";
import { setTimeout as delay } from "node:timers/promises";
import type { Logger } from "pino";

const PATIENCE_MS = 2_000;

/**
 * How to come to an end: no new connections, and the requests under way finish, within two seconds at most. What is open
 * then, connections on which nothing happens among it, is left to the end of the process.
 *
 * To be called before the server listens, so that no request goes uncounted.
 */
export function createShutdown(server: Server, log: Logger): () => Promise<void> {
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
    const outcome = await Promise.race([finished, delay(PATIENCE_MS)]);
    if (outcome !== "finished") log.warn("requests were cut off: they took too long");
  };
}
