import type { JwtOptions } from "better-auth/plugins/jwt";
import type { ClientBase, Pool } from "pg";
import { inLockedTransaction } from "../database/locked-transaction.ts";
import { execute } from "../database/pool.ts";
import type { Settings } from "../settings.ts";

export const ACCESS_TOKEN_SECONDS = 300;
/** How long a key is published after its last signature: the life of a token, and as much again for slow clocks. */
const GRACE_SECONDS = 2 * ACCESS_TOKEN_SECONDS;
const DAY_SECONDS = 86_400;
export const KEYS_LOCK = "taskchat.auth.signing-keys";

type KeyAdapter = NonNullable<JwtOptions["adapter"]>;
type Jwk =
  Awaited<ReturnType<NonNullable<KeyAdapter["getJwks"]>>> extends (infer Key)[] | null | undefined ? Key : never;
type NewKey = Parameters<NonNullable<KeyAdapter["createJwk"]>>[0];

/** A stored key, and how many seconds ago it was stored by the database's clock. */
export interface StoredKey extends Jwk {
  readonly age: number;
}

/** How the keys follow one another, in seconds. */
export interface KeyTimes {
  /** How old the newest key gets before another one is made. */
  readonly rotation: number;
  /** How long a new key is published before it signs, so that every api has fetched it by then. */
  readonly lead: number;
}

/** What each stored key is good for at the moment. */
export interface Keys {
  readonly signing: StoredKey | undefined;
  /** All that a token may still be signed with, and those to come. */
  readonly published: readonly StoredKey[];
}

/** An api refreshes its keys once in JWKS_MAX_AGE_SECONDS; the lead has room for one refresh that fails. */
export function keyTimes({ keyRotationDays, jwksMaxAgeSeconds }: Settings): KeyTimes {
  return { rotation: keyRotationDays * DAY_SECONDS, lead: 2 * jwksMaxAgeSeconds + 10 };
}

/**
 * Sorts out the stored keys.
 *
 * The newest key that was published for long enough signs; while there is none, the oldest does: a first key has nobody
 * to wait for it. A key that signs no more stays published until its last token has ended.
 *
 * @param stored - the newest first.
 */
export function classifyKeys(stored: readonly StoredKey[], { lead }: KeyTimes): Keys {
  const ripe = stored.findIndex(({ age }) => age >= lead);
  const published = stored.filter((_, index) => {
    const successor = stored[index - 1];
    return successor === undefined || successor.age < lead + GRACE_SECONDS;
  });
  return { signing: stored.at(ripe), published };
}

const COLUMNS = `id, "publicKey", "privateKey", "createdAt", alg, crv,
  extract(epoch from clock_timestamp() - "createdAt")::float8 as age`;

const STORED = `select ${COLUMNS} from jwks order by "createdAt" desc, id`;

const INSERT = `
  insert into jwks (id, "publicKey", "privateKey", alg, crv, "createdAt")
  values (gen_random_uuid(), $1, $2, $3, $4, clock_timestamp()) returning ${COLUMNS}`;

export const readKeys = async (client: ClientBase) => (await client.query<StoredKey>(STORED)).rows;

/**
 * Where Better Auth's JWT plugin finds and leaves its keys.
 *
 * By itself it signs with the newest key at once, before anybody could fetch it. To it, every key but one has expired,
 * and is within its time of grace.
 */
export function keyAdapter(pool: Pool, times: KeyTimes): KeyAdapter {
  return {
    getJwks: async () => {
      const { signing, published } = classifyKeys(await execute<StoredKey>(pool, STORED), times);
      const expired = new Date(Date.now() - 1_000);
      return published.map(({ age: _, ...key }) => ({ ...key, ...(key.id !== signing?.id && { expiresAt: expired }) }));
    },
    // It makes one where it finds none; another process may have done so meanwhile.
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
