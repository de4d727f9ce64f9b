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

/** Tells the doctor of dev-stack that TRUSTED_PROXIES lacks the gateway. */
const IGNORED_HEADER = "x-forwarded-for-ignored";
/** Reserved for documentation, so no client has it. Source: RFC 5737. */
const UNUSED_ADDRESS = "192.0.2.255";

/** One year. */
const HSTS = "max-age=31536000; includeSubDomains";

/** Together, these errors reveal whether an address has an account. */
const UNUSABLE_ACCOUNT = new Set(["account_not_linked", "email_not_verified"]);

const BODY_MAX_BYTES = 64 * 1024;

/** @param onTokenRequest - runs on each request for a token or for the keys, to start background work. */
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
      // Better Auth counts each spelling of a path, such as %74oken, separately, but answers only this one.
      if (new URL(context.req.url).pathname !== BASE_PATH + path) return notFound();
      const auth = gate.auth();
      if (!auth) return (await gate.missing()) === "database" ? databaseUnavailable() : notReady();
      if (path === "/token" || path === "/jwks") onTokenRequest(auth);
      const response = hideAccountExistence(await handle(auth, withClientAddress(context, settings), log));
      // This process can no longer sign if another one has replaced the secret.
      if (path === "/token" && response.status === 500 && (await gate.missing()) === "secret") return notReady();
      return path === "/token" ? response : stripSessionToken(response);
    });
  }

  app.notFound(() => notFound());
  app.onError((error) => internalError(error, log));
  return app;
}

type Env = { Bindings: HttpBindings };

function publicConfig({ providers, mail, signUp }: Settings): AuthConfig {
  return {
    providers: [...(providers.github ? (["github"] as const) : []), ...(providers.google ? (["google"] as const) : [])],
    mail: mail?.to === "server",
    password_reset: mail !== undefined,
    sign_up: { open: signUp.open, email_domains: [...signUp.emailDomains] },
    password: { min_length: PASSWORD_LENGTH.min, max_length: PASSWORD_LENGTH.max },
  };
}

/** Whether a proxy that is not trusted sent the client's address, so that all its clients share one count. */
function ignoresForwardedFor({ req, env }: Context<Env>, { trustedProxies }: Settings): boolean {
  const peer = env.incoming.socket.remoteAddress ?? "";
  // Comparing with the peer's address would not do: a client on the same machine has the same address as its proxy.
  const isTrusted = clientAddress(peer, UNUSED_ADDRESS, trustedProxies) === UNUSED_ADDRESS;
  return req.header("x-forwarded-for") !== undefined && !isTrusted;
}

/** The request, with the client's address in a header that clients cannot set. */
function withClientAddress({ req, env }: Context<Env>, { trustedProxies }: Settings): Request {
  const headers = new Headers(req.raw.headers);
  const peer = env.incoming.socket.remoteAddress ?? "0.0.0.0"; // The client has disconnected.
  headers.set(CLIENT_ADDRESS_HEADER, clientAddress(peer, req.header("x-forwarded-for"), trustedProxies));
  return new Request(req.raw, { headers });
}

/** False for localhost, where HSTS would apply to every port. */
const isPublic = ({ publicUrl }: Settings) => publicUrl.startsWith("https://") && !isLocalhost(publicUrl);

/**
 * Merge two errors of a provider sign-in into one.
 *
 * For an address that the provider has not verified, Better Auth returns one error if an account exists and the other if
 * not. Anyone could enter such an address at the provider.
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

/** Remove the session token from the body: Better Auth repeats it there, and scripts must not read it. */
async function stripSessionToken(response: Response): Promise<Response> {
  const isJson = response.headers.get("content-type")?.startsWith("application/json");
  if (response.status !== 200 || !isJson) return response; // Redirects claim to be JSON but are empty.
  const body = await response.json();
  if (body !== null && typeof body === "object") {
    delete body.token;
    delete body.session?.token;
  }
  return new Response(JSON.stringify(body), response);
}

/** Better Auth's response, or a problem if the database failed or the response has no code. */
async function handle(auth: Auth, request: Request, log: Logger): Promise<Response> {
  let response: Response | undefined;
  let thrown: unknown;
  try {
    response = await auth.handler(request);
  } catch (error) {
    thrown = error;
  }
  const fault = currentScope()?.databaseError;
  // Even if Better Auth reports success: it does so for a sign-out whose session is still in the database.
  if (fault === "unavailable") return databaseUnavailable();
  if (response && response.status < 400) return withNoStore(response);
  if (fault === "input_refused")
    return problem("invalid_request", "A value in the request contains characters that can't be stored.");
  if (fault === "account_gone") return problem("unauthenticated", "This account no longer exists.");
  if (response === undefined || response.status >= 500) return internalError(thrown, log);
  return withNoStore(withCode(response));
}

/** Nearly every response contains personal data. */
function withNoStore(response: Response): Response {
  response.headers.set("cache-control", "no-store");
  return response;
}

/** Add a code to the errors that Better Auth sends without one. */
function withCode(response: Response): Response {
  if (response.status === 429) {
    const seconds = Number(response.headers.get("x-retry-after")) || 1;
    return problem("rate_limited", "Too many requests. Try again later.", seconds);
  }
  const isJson = response.headers.get("content-type")?.includes("json");
  return response.status === 404 && !isJson ? notFound() : response;
}

const databaseUnavailable = () => problem("database_unavailable", "Try again in a moment.");

const notReady = () => problem("auth_unavailable", "Sign-in is not ready yet. Try again in a moment.");

const notFound = () => problem("not_found", "No resource has this address.");

function internalError(error: unknown, log: Logger): Response {
  // The client closed its connection, so this response is never read.
  if (error instanceof Error && "code" in error && error.code === "ECONNRESET") {
    return problem("invalid_request", "The body is incomplete.");
  }
  log.error({ error: describeError(error) }, "request failed");
  return problem("internal_error", "Something went wrong on our side.");
}
