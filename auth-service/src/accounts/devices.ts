import type { Device } from "@taskchat/shared-schema/device";
import type { BetterAuthPlugin } from "better-auth";
import { APIError, createAuthEndpoint, getSessionFromCtx, sensitiveSessionMiddleware } from "better-auth/api";
import Bowser from "bowser";
import type { Pool } from "pg";
import { z } from "zod";
import { execute } from "../database/pool.ts";
import { isFresh } from "./account-deletion.ts";
import { PASSWORD_LENGTH } from "./password-accounts.ts";

type Context = Parameters<typeof getSessionFromCtx>[0];

/** The list is cut after the sessions that were used most recently. */
const LIST_MAX = 100;

const LIVE_SESSIONS = `
  select id, "userAgent", "ipAddress", "createdAt", "updatedAt" from session
   where "userId" = $1::uuid and "expiresAt" > now() order by id = $2::uuid desc, "updatedAt" desc limit ${LIST_MAX}`;

const END_SESSION = 'delete from session where id = $1::uuid and "userId" = $2::uuid';

interface StoredSession {
  id: string;
  userAgent: string | null;
  ipAddress: string | null;
  createdAt: Date;
  updatedAt: Date;
}

/** Plain names only: the parser repeats parts of unknown user agents. "Mozilla" starts nearly every user agent. */
const READABLE = /^(?!Mozilla$)[A-Za-z0-9][A-Za-z0-9 .+-]{0,39}$/;

/**
 * Endpoints that list a user's sessions and end one of them.
 *
 * Better Auth's own endpoints identify sessions by token, and session tokens must not appear in any response.
 */
export function devices(pool: Pool) {
  return {
    id: "devices",
    endpoints: {
      listDevices: createAuthEndpoint(
        "/devices",
        { method: "GET", use: [sensitiveSessionMiddleware] },
        async (context) => {
          const { id, userId } = context.context.session.session;
          const sessions = await execute<StoredSession>(pool, LIVE_SESSIONS, [userId, id]);
          return context.json(sessions.map((session) => deviceOf(session, id)));
        },
      ),
      revokeDevice: createAuthEndpoint(
        "/revoke-device",
        {
          method: "POST",
          body: z.object({ id: z.uuid(), password: z.string().optional() }),
          use: [sensitiveSessionMiddleware],
        },
        async (context) => {
          await execute(pool, END_SESSION, [context.body.id, context.context.session.user.id]);
          return context.json({ status: true });
        },
      ),
    },
  } satisfies BetterAuthPlugin;
}

function deviceOf(session: StoredSession, currentId: string): Device {
  const { browser, os } = session.userAgent ? Bowser.parse(session.userAgent) : {};
  return {
    id: session.id,
    isCurrent: session.id === currentId,
    browser: readable(browser?.name),
    system: readable(os?.name),
    address: session.ipAddress || null,
    signedInAt: session.createdAt.toISOString(),
    lastUsedAt: session.updatedAt.toISOString(),
  };
}

const readable = (name: string | undefined) => (name !== undefined && READABLE.test(name) ? name : null);

/**
 * Require the password, or a sign-in within the last ten minutes, before ending sessions.
 *
 * Source: ASVS 5.0, 7.5.2.
 */
export async function requireProofToRevoke(context: Context): Promise<void> {
  const session = await getSessionFromCtx(context);
  if (session === null || isFresh(session.session)) return; // Better Auth answers 401 to a missing session.
  const password: unknown = context.body?.password;
  const account = await context.context.internalAdapter.findCredentialAccount(session.user.id);
  const hash = account?.password;
  if (!hash) {
    throw new APIError("FORBIDDEN", { code: "SESSION_NOT_FRESH", message: "Sign in again to log out other devices" });
  }
  if (typeof password !== "string" || password === "") {
    throw new APIError("BAD_REQUEST", { code: "PASSWORD_REQUIRED", message: "Enter your password to log out devices" });
  }
  if (password.length > PASSWORD_LENGTH.max || !(await context.context.password.verify({ hash, password }))) {
    throw new APIError("BAD_REQUEST", { code: "INVALID_PASSWORD", message: "Invalid password" });
  }
}
