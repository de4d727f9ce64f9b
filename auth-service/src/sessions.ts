import type { BetterAuthOptions } from "better-auth";
import { getIP, type getSessionFromCtx } from "better-auth/api";
import type { Settings } from "./settings.ts";

type Context = Parameters<typeof getSessionFromCtx>[0];

const DAY_MS = 24 * 3_600_000;

/** How long a session that nobody uses lives, and how precisely its last use is known. Each is a write to the database. */
const IDLE_SECONDS = 7 * 24 * 3_600;
const USE_NOTED_EVERY_SECONDS = 3_600;

/** Longer ones say nothing more, and are kept for each session. */
const USER_AGENT_MAX_CHARS = 512;

export const sessionOptions = {
  expiresIn: IDLE_SECONDS,
  updateAge: USE_NOTED_EVERY_SECONDS,
} satisfies BetterAuthOptions["session"];

/**
 * The cookies of this origin alone.
 *
 * Under https their names begin with `__Host-`: browsers take such a cookie only from this very host, encrypted and for
 * all its paths, so that no other host of the domain can plant one here.
 */
export function cookieOptions({ publicUrl }: Settings) {
  const isHttps = publicUrl.startsWith("https://");
  return {
    // Better Auth itself would begin the names with __Secure-.
    useSecureCookies: false,
    cookiePrefix: isHttps ? "__Host-better-auth" : "better-auth",
    defaultCookieAttributes: { secure: isHttps },
  } satisfies BetterAuthOptions["advanced"];
}

/** Ends sessions at their greatest age, however much they are used, and notes by which browser they were used last. */
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

/** Ends the session that the browser came with, once it has got another one. */
export async function endReplacedSession(context: Context): Promise<void> {
  const begun = context.context.newSession?.session.token;
  if (begun === undefined) return;
  const { name } = context.context.authCookies.sessionToken;
  const before = await context.getSignedCookie(name, context.context.secret);
  if (before && before !== begun) await context.context.internalAdapter.deleteSession(before);
}
