import type { GenericEndpointContext } from "better-auth";
import { createJwk, type JwtOptions } from "better-auth/plugins/jwt";
import type { ClientBase, Pool } from "pg";
import type { Logger } from "pino";
import type { Auth } from "../auth.ts";
import { inLockedTransaction } from "../database/locked-transaction.ts";
import { describeError } from "../log.ts";
import type { Settings } from "../settings.ts";
import { canSign, hasSigningKey } from "./key-checks.ts";
import { classifyKeys, insertKey, KEYS_LOCK, type KeyTimes, keyTimes, readKeys, type StoredKey } from "./key-store.ts";

/**
 * Rotate the keys when it is time.
 *
 * Runs in the background of token requests, because a service without token requests needs no new key.
 */
export function keyRotation(settings: Settings, pool: Pool, log: Logger): (auth: Auth) => Promise<void> {
  const times = keyTimes(settings);
  return async (auth) => {
    try {
      const { made, published } = await rotateKeys(auth, pool, times);
      if (made) log.info({ kid: published[0]?.id, signs_in_seconds: times.lead }, "a new signing key is published");
    } catch (error) {
      log.warn({ error: describeError(error) }, "could not rotate the signing keys");
    }
  };
}

/**
 * Delete keys that are no longer published, and create a key if the newest one is old enough.
 *
 * Safe to run concurrently: runs take turns, and the second one finds nothing to do.
 *
 * @param when - `now` creates a key regardless of age, unless a published one does not sign yet.
 * @returns the keys afterwards, and whether one was created.
 */
export async function rotateKeys(auth: Auth, pool: Pool, times: KeyTimes, when: "due" | "now" = "due") {
  return inLockedTransaction(pool, KEYS_LOCK, async (client) => {
    const stored = await readKeys(client);
    const { signing, published } = classifyKeys(stored, times);
    const dead = stored.filter((key) => !published.includes(key)).map(({ id }) => id);
    if (dead.length > 0) await client.query("delete from jwks where id = any($1)", [dead]);
    const [newest] = stored;
    const isDue = newest === undefined || newest.age >= times.rotation;
    const made = isDue || (when === "now" && newest === signing);
    if (made) await createKey(auth, client);
    return { ...classifyKeys(await readKeys(client), times), made };
  });
}

/** Replace all keys by a new one, which invalidates every token that they signed. */
export async function withdrawKeys(auth: Auth, pool: Pool): Promise<StoredKey> {
  return inLockedTransaction(pool, KEYS_LOCK, async (client) => {
    await client.query("delete from jwks");
    return createKey(auth, client);
  });
}

/**
 * Replace all keys and end all sessions, in one transaction, if another BETTER_AUTH_SECRET encrypted the keys.
 *
 * That secret also signed the cookies of the sessions.
 *
 * @returns undefined if there is nothing to replace.
 */
export async function adoptSecret(auth: Auth, pool: Pool) {
  return inLockedTransaction(pool, KEYS_LOCK, async (client) => {
    const { rows } = await client.query<{ exists: boolean }>("select to_regclass('jwks') is not null as exists");
    if (!rows[0]?.exists || !(await hasSigningKey(pool)) || (await canSign(auth))) return undefined;
    await client.query("delete from jwks");
    const { rowCount } = await client.query("delete from session");
    return { key: await createKey(auth, client), endedSessions: rowCount ?? 0 };
  });
}

/** Create a key as Better Auth does, encrypted with the secret, and store it on this connection. */
async function createKey(auth: Auth, client: ClientBase): Promise<StoredKey> {
  const options: JwtOptions = {
    jwks: { keyPairConfig: { alg: "ES256" } },
    adapter: { createJwk: (key) => insertKey(client, key) },
  };
  const context = { context: await auth.$context } as unknown as GenericEndpointContext;
  return (await createJwk(context, options)) as StoredKey;
}
