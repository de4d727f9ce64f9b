import type { Server } from "node:http";
import type { AddressInfo } from "node:net";
import { createAdaptorServer } from "@hono/node-server";
import { createApp } from "./app.ts";
import { authOptions } from "./auth.ts";
import { createPool, STATEMENT_TIMEOUT_MS } from "./database.ts";
import { housekeeping } from "./housekeeping.ts";
import { keyKeeper } from "./key-keeper.ts";
import { captureConsole, createLog, describeError } from "./log.ts";
import { createMail } from "./mail.ts";
import { outliveFailedRequests } from "./process-errors.ts";
import { openWhenReady } from "./readiness.ts";
import { settingsOrExit } from "./settings.ts";
import { stopper } from "./stop.ts";

const settings = settingsOrExit(process.env);
const log = createLog(settings.logLevel);
captureConsole(log);
outliveFailedRequests(log);

const pool = createPool(settings.databaseUrl, log, STATEMENT_TIMEOUT_MS);
const mail = settings.mail && createMail(settings.mail, settings, pool, log);
const gate = openWhenReady(authOptions(settings, pool, log, mail), pool, settings.databaseUrl, log);
const tendKeys = keyKeeper(settings, pool, log);
const clearAway = housekeeping(settings, pool, log);
const { fetch } = createApp(gate, settings, log, (auth) => {
  tendKeys(auth);
  clearAway();
});
const server = createAdaptorServer({ fetch, serverOptions: { requestTimeout: 30_000 } }) as Server;
// Longer than a gateway keeps a connection that it does not use, so that it never sends a request into a closing one.
server.keepAliveTimeout = 125_000;

server.on("error", (error: NodeJS.ErrnoException) => {
  if (server.listening) return log.error({ error: describeError(error) }, "a connection could not be accepted");
  const where = `port ${settings.port} of ${settings.host}`;
  const why = error.code === "EADDRINUSE" ? "is taken: free it or set AUTH_PORT" : `cannot be opened: ${error.code}`;
  process.stderr.write(`auth-service: ${where} ${why}\n`);
  process.exit(1);
});
const stop = stopper(server, log);
server.listen(settings.port, settings.host, () => {
  const { address, port } = server.address() as AddressInfo;
  log.info({ address, port }, "listening");
});

let stopping = false;
for (const signal of ["SIGTERM", "SIGINT"] as const) {
  process.on(signal, async () => {
    if (stopping) return; // Ctrl-C reaches us twice: from the terminal and from who started us.
    stopping = true;
    const end = performance.now() + settings.shutdownGraceSeconds * 1_000;
    const stopped = stop();
    log.info({ signal }, "stopping");
    await stopped;
    await mail?.finish(end - performance.now());
    process.exit(0);
  });
}
