import { BetterAuthError } from "better-auth";
import type { Pool } from "pg";
import type { Auth } from "../auth.ts";
import { execute } from "../database/pool.ts";

/** Whether a signing key is stored at all, be it one of the past. */
export async function hasSigningKey(pool: Pool): Promise<boolean> {
  const [row] = await execute<{ found: boolean }>(pool, "select exists (select from jwks) as found");
  return row?.found === true;
}

/**
 * Whether the present BETTER_AUTH_SECRET opens the signing key.
 *
 * It was encrypted with the secret of its day. With another one every token would be refused a signature.
 */
export async function canSign(auth: Auth): Promise<boolean> {
  try {
    await auth.api.signJWT({ body: { payload: {} } });
    return true;
  } catch (error) {
    if (error instanceof BetterAuthError) return false;
    throw error;
  }
}
