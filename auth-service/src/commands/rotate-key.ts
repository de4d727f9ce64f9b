import { parseArgs } from "node:util";
import type { Pool } from "pg";
import { type Auth, authOptions, createAuth } from "../auth.ts";
import { MISSING, pendingMigrations } from "../database/readiness.ts";
import { canSign, hasSigningKey } from "../keys/key-checks.ts";
import { rotateKeys, withdrawKeys } from "../keys/key-rotation.ts";
import { type KeyTimes, keyTimes } from "../keys/key-store.ts";
import { CommandError, runCommand } from "./command.ts";

const USAGE = `usage: node auth-service/src/commands/rotate-key.ts [--withdraw]
  makes a new signing key, which is published at once and signs once every api knows it
  --withdraw  for a key that was stolen: removes all keys and signs with a new one at once
  (for a BETTER_AUTH_SECRET that was lost or leaked: rotate-secret.ts)`;

await runCommand(async (settings, pool, log) => {
  const options = authOptions(settings, pool, log);
  const { toBeCreated, toBeAdded } = await pendingMigrations(options);
  if (toBeCreated.length + toBeAdded.length > 0) throw new CommandError(MISSING.schema);
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
  return `every key is withdrawn, and ${id} signs from now on; an api refuses the others' tokens after its next refresh, within ${maxAge} s`;
}

async function rotate(auth: Auth, pool: Pool, times: KeyTimes): Promise<string> {
  if (!(await hasSigningKey(pool))) throw new CommandError(MISSING.signing_key);
  // A key that only this process could open would stop all others from signing.
  if (!(await canSign(auth))) throw new CommandError(MISSING.secret);
  const { signing, published, made } = await rotateKeys(auth, pool, times, "now");
  const [next] = published;
  if (next === undefined || next === signing) return `${signing?.id} signs`; // It was made, and is old enough already.
  const what = made ? "is published" : "was published before and waits for its time";
  return `${next.id} ${what}; it signs in ${Math.ceil(times.lead - next.age)} s, and ${signing?.id} until then`;
}
