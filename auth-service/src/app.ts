import type { AuthConfig } from "@taskchat/shared-schema/auth-config";
import { Hono } from "hono";
import type { Logger } from "pino";
import { type Auth, BASE_PATH, PASSWORD_LENGTH } from "./auth.ts";
import { limitBody } from "./body-limit.ts";
import { describeError } from "./log.ts";
import { problem } from "./problem.ts";
import { type Gate, MISSING } from "./readiness.ts";
import { logRequests } from "./request-log.ts";
import { currentScope } from "./request-scope.ts";

const BODY_MAX_BYTES = 64 * 1024;

const PUBLIC_CONFIG: AuthConfig = {
  providers: [],
  mail: false,
  password_reset: false,
  password: { min_length: PASSWORD_LENGTH.min, max_length: PASSWORD_LENGTH.max },
};

export function createApp(gate: Gate, log: Logger): Hono {
  const app = new Hono();
  app.use(logRequests(log));

  app.get("/healthz", (context) => context.json({ status: "ok" }));
  app.get("/readyz", async (context) => {
    const missing = await gate.missing();
    if (missing === undefined) return context.json({ status: "ready" });
    return problem(missing === "database" ? "database_unavailable" : "auth_unavailable", MISSING[missing]);
  });

  app.get(`${BASE_PATH}/config`, (context) => context.json(PUBLIC_CONFIG));
  app.use(`${BASE_PATH}/*`, limitBody(BODY_MAX_BYTES));
  app.all(`${BASE_PATH}/*`, async (context) => {
    const auth = gate.auth();
    if (auth) return answer(auth, context.req.raw, log);
    return (await gate.missing()) === "database" ? databaseUnavailable() : notReady();
  });

  app.notFound(() => notFound());
  app.onError((error) => failed(error, log));
  return app;
}

/** Better Auth's answer, unless the database decided otherwise or there is nothing in it to read. */
async function answer(auth: Auth, request: Request, log: Logger): Promise<Response> {
  let response: Response | undefined;
  let thrown: unknown;
  try {
    response = await auth.handler(request);
  } catch (error) {
    thrown = error;
  }
  const fault = currentScope()?.databaseFault;
  // Also in place of a success: signing out succeeds for Better Auth while the session stays in the database.
  if (fault === "unavailable") return databaseUnavailable();
  if (response && response.status < 400) return notStored(response);
  if (fault === "input_refused") return problem("invalid_request", "A value in the request cannot be stored.");
  if (fault === "account_gone") return problem("unauthenticated", "This account does not exist any more.");
  if (response === undefined || response.status >= 500) return failed(thrown, log);
  return notStored(readable(response));
}

/** Nearly every answer here holds something of one person. */
function notStored(response: Response): Response {
  response.headers.set("cache-control", "no-store");
  return response;
}

/** The refusals that Better Auth leaves without a code. */
function readable(response: Response): Response {
  if (response.status === 429) {
    const seconds = Number(response.headers.get("x-retry-after")) || 1;
    return problem("rate_limited", "Too many requests. Wait a little and try again.", seconds);
  }
  const isJson = response.headers.get("content-type")?.includes("json");
  return response.status === 404 && !isJson ? notFound() : response;
}

const databaseUnavailable = () => problem("database_unavailable", "Try again in a moment.");

const notReady = () => problem("auth_unavailable", "Sign-in is not ready yet. Try again in a moment.");

const notFound = () => problem("not_found", "There is nothing at this address.");

function failed(error: unknown, log: Logger): Response {
  // By now this can only be the connection to whoever asks. They hear no answer, and it is no fault of ours.
  if (error instanceof Error && "code" in error && error.code === "ECONNRESET") {
    return problem("invalid_request", "The body did not arrive whole.");
  }
  log.error({ error: describeError(error) }, "request failed");
  return problem("internal_error", "Something went wrong on our side.");
}
