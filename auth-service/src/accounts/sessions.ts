import type { BetterAuthOptions } from "better-auth";
import { getIP, type getSessionFromCtx } from "better-auth/api";
import { isLocalhost, type Settings } from "../settings.ts";

type Context = Parameters<typeof getSessionFromCtx>[0];

const DAY_MS = 24 * 3_600_000;

/** How long an idle session lasts, and how often its use is recorded. Each record is a database write. */
const IDLE_SECONDS = 7 * 24 * 3_600;
const USE_RECORDED_EVERY_SECONDS = 3_600;

/** User agents are stored with each session; the rest of a longer one carries no information. */
const USER_AGENT_MAX_CHARS = 512;

export const sessionOptions = {
  expiresIn: IDLE_SECONDS,
  updateAge: USE_RECORDED_EVERY_SECONDS,
} satisfies BetterAuthOptions["session"];

/**
 * Bind cookies to this host.
 *
 * Under https their names start with `__Host-`: browsers accept such a cookie only from this host over https, so no
 * sibling host of the domain can plant one. On localhost they contain the port, because browsers share cookies between
 * ports, and a second stack would sign people out of the first.
 */
export function cookieOptions({ publicUrl }: Settings) {
  const isHttps = publicUrl.startsWith("https://");
  const { port } = new URL(publicUrl);
  const name = isLocalhost(publicUrl) && port !== "" ? `better-auth-${port}` : "better-auth";
  return {
    // Otherwise Better Auth would prefix the names with __Secure-.
    useSecureCookies: false,
    cookiePrefix: isHttps ? `__Host-${name}` : name,
    defaultCookieAttributes: { secure: isHttps },
  } satisfies BetterAuthOptions["advanced"];
}

/** Cap the age of sessions, and record the browser and address that last used them. */
export function sessionLifetime({ sessionMaxAgeDays }: Settings) {
  const lastMoment = (createdAt: Date) => new Date(createdAt.getTime() + sessionMaxAgeDays * DAY_MS);
  const capped = (expiresAt: Date, createdAt: Date) => {
    const last = lastMoment(createdAt);
    return expiresAt < last ? expiresAt : last;
  };
  return {
    session: {
      create: {
        before: async ({ expiresAt, createdAt, userAgent }) => ({
          data: { expiresAt: capped(expiresAt, createdAt), userAgent: userAgent?.slice(0, USER_AGENT_MAX_CHARS) },
        }),
      },
      update: {
        before: async ({ expiresAt }, context) => {
          const used = context?.context.session?.session;
          if (!context?.headers || !used || !expiresAt) return;
          const userAgent = context.headers.get("user-agent")?.slice(0, USER_AGENT_MAX_CHARS) ?? "";
          const ipAddress = getIP(context.headers, context.context.options) ?? "";
          return { data: { expiresAt: capped(expiresAt, used.createdAt), ipAddress, userAgent } };
        },
      },
    },
  } satisfies BetterAuthOptions["databaseHooks"];
}

/** End the session of the request's cookie after a sign-in has replaced it. */
export async function endPreviousSession(context: Context): Promise<void> {
  const begun = context.context.newSession?.session.token;
  if (begun === undefined) return;
  const { name } = context.context.authCookies.sessionToken;
  const before = await context.getSignedCookie(name, context.context.secret);
  if (before && before !== begun) await context.context.internalAdapter.deleteSession(before);
}
