import type { Logger } from "pino";
import { describeError } from "./log.ts";
import { currentScope } from "./request-scope.ts";

/**
 * Keeps the process alive when an error of one request, or a promise that nobody awaits, is not caught.
 *
 * That request stays unanswered; its connections, timers and promises belong to no other one. An error from anywhere else
 * leaves the process in an unknown state, so it ends and whoever started it starts it again.
 */
export function outliveFailedRequests(log: Logger): void {
  process.on("unhandledRejection", (error) => log.error({ error: describeError(error) }, "unhandled rejection"));
  process.on("uncaughtException", (error) => {
    if (currentScope()) return log.error({ error: describeError(error) }, "uncaught error in a request");
    log.fatal({ error: describeError(error) }, "uncaught error");
    process.exit(1);
  });
}

/** Lets a program that does one thing end with status 1 and one line when an error is not caught. */
export function failInOneLine(): void {
  process.on("uncaughtException", (error) => {
    const { name, stack } = describeError(error);
    process.stderr.write(`auth-service: unexpected ${name} ${stack[0] ?? ""}\n`);
    process.exit(1);
  });
}
