import { authOptions, createAuth } from "../auth.ts";
import { adoptSecret } from "../keys/key-rotation.ts";
import { runCommand } from "./command.ts";

/**
 * Replaces the keys and sessions of a BETTER_AUTH_SECRET that was lost or leaked, after a new one was set.
 *
 * Doesn't need the old secret. Can be run again, and by several at once.
 */
await runCommand(async (settings, pool, log) => {
  const adopted = await adoptSecret(createAuth(authOptions(settings, pool, log)), pool);
  if (adopted === undefined) return "nothing to do: no signing key was made with another BETTER_AUTH_SECRET";
  const { key, endedSessions } = adopted;
  return `${key.id} is the only signing key now, ${endedSessions} sessions have ended and people sign in again; restart every auth-service that runs with the old BETTER_AUTH_SECRET. An api refuses older tokens within ${settings.jwksMaxAgeSeconds} s`;
});
