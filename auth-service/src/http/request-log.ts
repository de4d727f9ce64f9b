import { randomUUID } from "node:crypto";
import type { MiddlewareHandler } from "hono";
import type { Logger } from "pino";
import { shorten } from "../log.ts";
import { runInScope } from "./request-scope.ts";

const REQUEST_ID = /^[A-Za-z0-9._-]{1,64}$/;

/** Give each request an id, from X-Request-Id if valid, and log each response in one line. */
export function logRequests(log: Logger): MiddlewareHandler {
  return async (context, next) => {
    const given = context.req.header("x-request-id");
    const id = given && REQUEST_ID.test(given) ? given : randomUUID();
    const started = performance.now();
    await runInScope({ id }, async () => {
      await next();
      context.header("x-request-id", id);
      const { method, path } = context.req;
      log[path === "/healthz" || path === "/readyz" ? "debug" : "info"](
        {
          method,
          path: shorten(path),
          status: context.res.status,
          duration_ms: Math.round(performance.now() - started),
        },
        "request",
      );
    });
  };
}
