import type { Server } from "node:http";
import type { AddressInfo } from "node:net";
import { createAdaptorServer } from "@hono/node-server";
import { housekeeping } from "./accounts/housekeeping.ts";
import { createApp } from "./app.ts";
import { authOptions } from "./auth.ts";
import { createPool, STATEMENT_TIMEOUT_MS } from "./database/pool.ts";
import { createGate } from "./database/readiness.ts";
import { currentScope } from "./http/request-scope.ts";
import { createShutdown } from "./http/shutdown.ts";
import { keyRotation } from "./keys/key-rotation.ts";
import { captureConsole, createLog, describeError } from "./log.ts";
import { createMail } from "./mail/mail.ts";
import { settingsOrExit } from "./settings.ts";

const settings = settingsOrExit(process.env);
const log = createLog(settings.logLevel);
captureConsole(log);
surviveRequestErrors();

const pool = createPool(settings.databaseUrl, log, STATEMENT_TIMEOUT_MS);
const mail = settings.mail && createMail(settings.mail, settings, pool, log);
const gate = createGate(authOptions(settings, pool, log, mail), pool, settings.databaseUrl, log);
const rotateKeys = throttle(60_000, keyRotation(settings, pool, log));
const deleteExpired = throttle(3_600_000, housekeeping(settings, pool, log));
const { fetch } = createApp(gate, settings, log, (auth) => {
  rotateKeys(auth);
  deleteExpired();
});
const server = createAdaptorServer({ fetch, serverOptions: { requestTimeout: 30_000 } }) as Server;
// Longer than the gateway keeps idle connections, so that it never sends a request on one that is closing.
server.keepAliveTimeout = 125_000;

server.on("error", (error: NodeJS.ErrnoException) => {
  if (server.listening) return log.error({ error: describeError(error) }, "could not accept a connection");
  const where = `port ${settings.port} of ${settings.host}`;
  const why =
    error.code === "EADDRINUSE" ? "is in use: free it or set AUTH_LISTEN_ADDRESS" : `can't be opened: ${error.code}`;
  process.stderr.write(`auth-service: ${where} ${why}\n`);
  process.exit(1);
});
const stop = createShutdown(server, log);
server.listen(settings.port, settings.host, () => {
  const { address, port } = server.address() as AddressInfo;
  log.info({ address, port }, "listening");
});

let stopping = false;
for (const signal of ["SIGTERM", "SIGINT"] as const) {
  process.on(signal, async () => {
    if (stopping) return; // Ctrl-C arrives twice: from the terminal and from the parent process.
    stopping = true;
    const end = performance.now() + settings.shutdownGraceSeconds * 1_000;
    const stopped = stop();
    log.info({ signal }, "stopping");
    await stopped;
    await mail?.finish(end - performance.now());
    process.exit(0);
  });
}

/**
 * Keep the process alive after an unhandled rejection, and after an uncaught error in a request.
 *
 * That request stays unanswered; no other request shares its timers and promises. Any other uncaught error leaves the
 * process in an unknown state, so it exits and its supervisor restarts it.
 */
function surviveRequestErrors(): void {
  process.on("unhandledRejection", (error) => log.error({ error: describeError(error) }, "unhandled rejection"));
  process.on("uncaughtException", (error) => {
    if (currentScope()) return log.error({ error: describeError(error) }, "uncaught error in a request");
    log.fatal({ error: describeError(error) }, "uncaught error");
    process.exit(1);
  });
}

/** Start the work in the background, at most once per interval. */
function throttle<Args extends unknown[]>(intervalMs: number, work: (...args: Args) => Promise<void>) {
  let startedAt = Number.NEGATIVE_INFINITY;
  return (...args: Args): void => {
    if (performance.now() - startedAt < intervalMs) return;
    startedAt = performance.now();
    void work(...args);
  };
}
