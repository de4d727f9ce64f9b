import { BetterAuthError } from "better-auth";
import type { Pool } from "pg";
import type { Auth } from "../auth.ts";
import { execute } from "../database/pool.ts";

/** Whether any signing key is stored, including expired ones. */
export async function hasSigningKey(pool: Pool): Promise<boolean> {
  const [row] = await execute<{ found: boolean }>(pool, "select exists (select from jwks) as found");
  return row?.found === true;
}

/**
 * Whether BETTER_AUTH_SECRET decrypts the signing key.
 *
 * The key is encrypted with the secret of the time it was created; with another one, no token can be signed.
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
