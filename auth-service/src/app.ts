import type { HttpBindings } from "@hono/node-server";
import type { AuthConfig } from "@taskchat/shared-schema/auth-config";
import { type Context, Hono } from "hono";
import type { Logger } from "pino";
import { PASSWORD_LENGTH } from "./accounts/password-accounts.ts";
import { type Auth, BASE_PATH } from "./auth.ts";
import { type Gate, MISSING } from "./database/readiness.ts";
import { limitBody } from "./http/body-limit.ts";
import { clientAddress } from "./http/client-address.ts";
import { CLIENT_ADDRESS_HEADER, ENDPOINTS } from "./http/endpoints.ts";
import { problem } from "./http/problem.ts";
import { logRequests } from "./http/request-log.ts";
import { currentScope } from "./http/request-scope.ts";
import { describeError } from "./log.ts";
import { isLocalhost, type Settings } from "./settings.ts";

/** By it the doctor of dev-stack knows that TRUSTED_PROXIES lacks the gateway. */
const IGNORED_HEADER = "x-forwarded-for-ignored";
/** An address that nobody has (RFC 5737). */
const UNUSED_ADDRESS = "192.0.2.255";

/** A year. */
const HSTS = "max-age=31536000; includeSubDomains";

/** Errors that together would reveal whether an address has an account here. */
const UNUSABLE_ACCOUNT = new Set(["account_not_linked", "email_not_verified"]);

const BODY_MAX_BYTES = 64 * 1024;

/** @param onTokenRequest - called often, for the work that is done beside requests. */
export function createApp(
  gate: Gate,
  settings: Settings,
  log: Logger,
  onTokenRequest: (auth: Auth) => void,
): Hono<Env> {
  const app = new Hono<Env>();
  app.use(logRequests(log));
  app.use(async (context, next) => {
    await next();
    context.header("x-content-type-options", "nosniff");
    if (isPublic(settings)) context.header("strict-transport-security", HSTS);
  });

  app.get("/healthz", (context) => context.json({ status: "ok" }));
  app.get("/readyz", async (context) => {
    const missing = await gate.missing();
    if (missing === undefined) return context.json({ status: "ready" });
    return problem(missing === "database" ? "database_unavailable" : "auth_unavailable", MISSING[missing]);
  });

  app.get(`${BASE_PATH}/config`, (context) => {
    if (ignoresForwardedFor(context, settings)) context.header(IGNORED_HEADER, "true");
    return context.json(publicConfig(settings));
  });
  app.use(`${BASE_PATH}/*`, limitBody(BODY_MAX_BYTES));
  for (const { method, path } of ENDPOINTS) {
    app.on(method, BASE_PATH + path, async (context) => {
      // Better Auth would count each spelling of a path, such as %74oken, for itself, and answer none but this one.
      if (new URL(context.req.url).pathname !== BASE_PATH + path) return notFound();
      const auth = gate.auth();
      if (!auth) return (await gate.missing()) === "database" ? databaseUnavailable() : notReady();
      if (path === "/token" || path === "/jwks") onTokenRequest(auth);
      const answered = hideAccountExistence(await answer(auth, withClientAddress(context, settings), log));
      // A running process cannot sign any more once another one has replaced the secret.
      if (path === "/token" && answered.status === 500 && (await gate.missing()) === "secret") return notReady();
      return path === "/token" ? answered : stripSessionToken(answered);
    });
  }

  app.notFound(() => notFound());
  app.onError((error) => failed(error, log));
  return app;
}

type Env = { Bindings: HttpBindings };

function publicConfig({ providers, mail }: Settings): AuthConfig {
  return {
    providers: [...(providers.github ? (["github"] as const) : []), ...(providers.google ? (["google"] as const) : [])],
    mail: mail?.to === "server",
    password_reset: mail !== undefined,
    password: { min_length: PASSWORD_LENGTH.min, max_length: PASSWORD_LENGTH.max },
  };
}

/** Whether a proxy told us the client's address and is not believed, so that all its clients count as one. */
function ignoresForwardedFor({ req, env }: Context<Env>, { trustedProxies }: Settings): boolean {
  const peer = env.incoming.socket.remoteAddress ?? "";
  // Not compared with the peer's own: a client on this very machine has the same address as its proxy.
  const isBelieved = clientAddress(peer, UNUSED_ADDRESS, trustedProxies) === UNUSED_ADDRESS;
  return req.header("x-forwarded-for") !== undefined && !isBelieved;
}

/** The request, with the address of whoever sent it in a header that nobody but us can fill. */
function withClientAddress({ req, env }: Context<Env>, { trustedProxies }: Settings): Request {
  const headers = new Headers(req.raw.headers);
  const peer = env.incoming.socket.remoteAddress ?? "0.0.0.0"; // It has hung up meanwhile.
  headers.set(CLIENT_ADDRESS_HEADER, clientAddress(peer, req.header("x-forwarded-for"), trustedProxies));
  return new Request(req.raw, { headers });
}

/** Not on localhost: HSTS would apply to all its ports. */
const isPublic = ({ publicUrl }: Settings) => publicUrl.startsWith("https://") && !isLocalhost(publicUrl);

/**
 * Replace both errors by one on the way back from a provider.
 *
 * For an address that the provider has not verified, which may be anybody's, Better Auth returns one if an account
 * exists and the other if none does.
 */
function hideAccountExistence(response: Response): Response {
  const location = response.headers.get("location");
  if (location === null || !location.includes("error=")) return response;
  const [page = "", query] = location.split("?");
  if (!UNUSABLE_ACCOUNT.has(new URLSearchParams(query).get("error") ?? "")) return response;
  const headers = new Headers(response.headers);
  headers.set("location", `${page}?error=account_not_usable`);
  return new Response(null, { status: response.status, headers });
}

/** A session is its cookie, which scripts cannot read. Better Auth puts the same token into its answers as well. */
async function stripSessionToken(response: Response): Promise<Response> {
  const isJson = response.headers.get("content-type")?.startsWith("application/json");
  if (response.status !== 200 || !isJson) return response; // A redirect says that it is JSON, and is empty.
  const body = await response.json();
  if (body !== null && typeof body === "object") {
    delete body.token;
    delete body.session?.token;
  }
  return new Response(JSON.stringify(body), response);
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
  const fault = currentScope()?.databaseError;
  // Also in place of a success: signing out succeeds for Better Auth while the session stays in the database.
  if (fault === "unavailable") return databaseUnavailable();
  if (response && response.status < 400) return withNoStore(response);
  if (fault === "input_refused") return problem("invalid_request", "A value in the request cannot be stored.");
  if (fault === "account_gone") return problem("unauthenticated", "This account does not exist any more.");
  if (response === undefined || response.status >= 500) return failed(thrown, log);
  return withNoStore(readable(response));
}

/** Nearly every answer here holds something of one person. */
function withNoStore(response: Response): Response {
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
