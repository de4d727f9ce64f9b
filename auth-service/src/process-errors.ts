import type { Logger } from "pino";
import { describeError } from "./log.ts";
import { currentScope } from "./request-scope.ts";

/**
 * Keeps the process alive after an unhandled rejection or an uncaught error in a request.
 *
 * The request stays unanswered, and no other request shares its timers and promises. Any other uncaught error leaves the
 * process in an unknown state, so it exits and its supervisor restarts it.
 */
export function outliveFailedRequests(log: Logger): void {
  process.on("unhandledRejection", (error) => log.error({ error: describeError(error) }, "unhandled rejection"));
  process.on("uncaughtException", (error) => {
    if (currentScope()) return log.error({ error: describeError(error) }, "uncaught error in a request");
    log.fatal({ error: describeError(error) }, "uncaught error");
    process.exit(1);
  });
}

/** Reports an uncaught error of a one-off program in one line, and exits with status 1. */
export function failInOneLine(): void {
  process.on("uncaughtException", (error) => {
    const { name, stack } = describeError(error);
    process.stderr.write(`auth-service: unexpected ${name} ${stack[0] ?? ""}\n`);
    process.exit(1);
  });
}
