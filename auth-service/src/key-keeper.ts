import type { Pool } from "pg";
import type { Logger } from "pino";
import type { Auth } from "./auth.ts";
import { describeError } from "./log.ts";
import { seldom } from "./seldom.ts";
import type { Settings } from "./settings.ts";
import { keyTimes, rotateKeys } from "./signing-keys.ts";

const LOOK_EVERY_MS = 60_000;

/**
 * Rotates the keys when it is time, beside the requests that need them: no request waits for it or fails with it.
 *
 * Looks at most once a minute in each process. Where nobody asks for a token, nobody needs a new key.
 */
export function keyKeeper(settings: Settings, pool: Pool, log: Logger): (auth: Auth) => void {
  const times = keyTimes(settings);
  return seldom(LOOK_EVERY_MS, async (auth: Auth) => {
    try {
      const { made, published } = await rotateKeys(auth, pool, times);
      if (made) log.info({ kid: published[0]?.id, signs_in_seconds: times.lead }, "a new signing key is published");
    } catch (error) {
      log.warn({ error: describeError(error) }, "the signing keys could not be looked after");
    }
  });
}
