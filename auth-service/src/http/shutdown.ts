import type { Server } from "node:http";
import { setTimeout as delay } from "node:timers/promises";
import type { Logger } from "pino";

const TIMEOUT_MS = 2_000;

/**
 * Create a function that stops the server: it accepts no new connections, and waits up to two seconds for requests.
 *
 * Idle connections end with the process. Call this before the server listens, so that it counts every request.
 */
export function createShutdown(server: Server, log: Logger): () => Promise<void> {
  const { promise: finished, resolve: finish } = Promise.withResolvers<"finished">();
  let active = 0;
  let stopping = false;
  const finishWhenIdle = () => stopping && active === 0 && finish("finished");

  server.on("request", (_request, response) => {
    active += 1;
    response.once("close", () => {
      active -= 1;
      finishWhenIdle();
    });
  });

  return async () => {
    stopping = true;
    server.close();
    finishWhenIdle();
    const outcome = await Promise.race([finished, delay(TIMEOUT_MS)]);
    if (outcome !== "finished") log.warn("aborted requests that took too long");
  };
}
