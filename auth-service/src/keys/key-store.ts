import type { JwtOptions } from "better-auth/plugins/jwt";
import type { ClientBase, Pool } from "pg";
import { inLockedTransaction } from "../database/locked-transaction.ts";
import { execute } from "../database/pool.ts";
import type { Settings } from "../settings.ts";

export const ACCESS_TOKEN_SECONDS = 300;
/** How long a key is published after its last signature: a token's lifetime, doubled to allow for clock drift. */
const GRACE_SECONDS = 2 * ACCESS_TOKEN_SECONDS;
const DAY_SECONDS = 86_400;
export const KEYS_LOCK = "taskchat.auth.signing-keys";

type KeyAdapter = NonNullable<JwtOptions["adapter"]>;
type Jwk =
  Awaited<ReturnType<NonNullable<KeyAdapter["getJwks"]>>> extends (infer Key)[] | null | undefined ? Key : never;
type NewKey = Parameters<NonNullable<KeyAdapter["createJwk"]>>[0];

/** A stored key and its age in seconds, by the database's clock. */
export interface StoredKey extends Jwk {
  readonly age: number;
}

/** When keys replace each other, in seconds. */
export interface KeyTimes {
  /** The age of the newest key at which the next one is created. */
  readonly rotation: number;
  /** How long a new key is published before it signs, so that every api has fetched it. */
  readonly lead: number;
}

/** The current use of the stored keys. */
export interface Keys {
  readonly signing: StoredKey | undefined;
  /** The keys of tokens that are still valid, and those that sign next. */
  readonly published: readonly StoredKey[];
}

/** An api refreshes its keys every JWKS_MAX_AGE_SECONDS; the lead allows for one failed refresh. */
export function keyTimes({ keyRotationDays, jwksMaxAgeSeconds }: Settings): KeyTimes {
  return { rotation: keyRotationDays * DAY_SECONDS, lead: 2 * jwksMaxAgeSeconds + 10 };
}

/**
 * Decide which stored key signs and which are published.
 *
 * The newest key that was published for long enough signs. If all keys are newer, the oldest signs, because no
 * older tokens exist. A replaced key stays published until its last token has expired.
 *
 * @param stored - newest first.
 */
export function classifyKeys(stored: readonly StoredKey[], { lead }: KeyTimes): Keys {
  const newestReady = stored.findIndex(({ age }) => age >= lead);
  const published = stored.filter((_, index) => {
    const successor = stored[index - 1];
    return successor === undefined || successor.age < lead + GRACE_SECONDS;
  });
  return { signing: stored.at(newestReady), published };
}

const COLUMNS = `id, "publicKey", "privateKey", "createdAt", alg, crv,
  extract(epoch from clock_timestamp() - "createdAt")::float8 as age`;

const STORED = `select ${COLUMNS} from jwks order by "createdAt" desc, id`;

const INSERT = `
  insert into jwks (id, "publicKey", "privateKey", alg, crv, "createdAt")
  values (gen_random_uuid(), $1, $2, $3, $4, clock_timestamp()) returning ${COLUMNS}`;

export const readKeys = async (client: ClientBase) => (await client.query<StoredKey>(STORED)).rows;

/**
 * The key storage of Better Auth's JWT plugin.
 *
 * By itself the plugin signs with the newest key immediately, before an api can fetch it. So every key but the signing one
 * is presented as expired and within its grace period.
 */
export function keyAdapter(pool: Pool, times: KeyTimes): KeyAdapter {
  return {
    getJwks: async () => {
      const { signing, published } = classifyKeys(await execute<StoredKey>(pool, STORED), times);
      const expired = new Date(Date.now() - 1_000);
      return published.map(({ age: _, ...key }) => ({ ...key, ...(key.id !== signing?.id && { expiresAt: expired }) }));
    },
    // The plugin calls this if it finds no key; another process may have created one since.
    createJwk: (key) =>
      inLockedTransaction(pool, KEYS_LOCK, async (client) => {
        const [newest] = await readKeys(client);
        return newest ?? insertKey(client, key);
      }),
  };
}

export async function insertKey(client: ClientBase, { publicKey, privateKey, alg, crv }: NewKey): Promise<StoredKey> {
  const { rows } = await client.query<StoredKey>(INSERT, [publicKey, privateKey, alg, crv]);
  return rows[0] as StoredKey;
}
