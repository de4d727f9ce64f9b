import { parseArgs } from "node:util";
import type { Pool } from "pg";
import { type Auth, authOptions, createAuth } from "../auth.ts";
import { pendingMigrations } from "../database/pending-migrations.ts";
import { MISSING } from "../database/readiness.ts";
import { canSign, hasSigningKey } from "../keys/key-checks.ts";
import { rotateKeys, withdrawKeys } from "../keys/key-rotation.ts";
import { type KeyTimes, keyTimes } from "../keys/key-store.ts";
import { CommandError, runCommand } from "./command.ts";

const USAGE = `usage: node auth-service/src/commands/rotate-key.ts [--withdraw]
  Creates a signing key, publishes it immediately, and signs with it once every api has fetched it.
  --withdraw  if a key was stolen: removes all keys and signs with a new one immediately
  If BETTER_AUTH_SECRET was lost or leaked, run rotate-secret.ts instead.`;

await runCommand(async (settings, pool, log) => {
  const options = authOptions(settings, pool, log);
  const { isPending } = await pendingMigrations(options, pool);
  if (isPending) throw new CommandError(MISSING.schema);
  const auth = createAuth(options);
  if (wantsToWithdraw()) return withdraw(auth, pool, settings.jwksMaxAgeSeconds);
  return rotate(auth, pool, keyTimes(settings));
});

function wantsToWithdraw(): boolean {
  try {
    return parseArgs({ options: { withdraw: { type: "boolean", default: false } } }).values.withdraw;
  } catch {
    throw new CommandError(USAGE);
  }
}

async function withdraw(auth: Auth, pool: Pool, maxAge: number): Promise<string> {
  const { id } = await withdrawKeys(auth, pool);
  return `all keys were withdrawn and ${id} signs from now on; each api rejects older tokens after its next refresh, within ${maxAge} s`;
}

async function rotate(auth: Auth, pool: Pool, times: KeyTimes): Promise<string> {
  if (!(await hasSigningKey(pool))) throw new CommandError(MISSING.signing_key);
  // The other processes could not decrypt a key that is encrypted with this secret.
  if (!(await canSign(auth))) throw new CommandError(MISSING.secret);
  const { signing, published, made } = await rotateKeys(auth, pool, times, "now");
  const [next] = published;
  if (next === undefined || next === signing) return `${signing?.id} signs`; // A key was created and is already old enough.
  const what = made ? "is published" : "was already published";
  return `${next.id} ${what}; it signs in ${Math.ceil(times.lead - next.age)} s, and ${signing?.id} until then`;
}
