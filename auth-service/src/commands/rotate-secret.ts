import { authOptions, createAuth } from "../auth.ts";
import { adoptSecret } from "../keys/key-rotation.ts";
import { runCommand } from "./command.ts";

/**
 * Replace all keys and end all sessions after BETTER_AUTH_SECRET was lost or leaked and a new one is set.
 *
 * Does not need the old secret. Safe to repeat and to run concurrently.
 */
await runCommand(async (settings, pool, log) => {
  const adopted = await adoptSecret(createAuth(authOptions(settings, pool, log)), pool);
  if (adopted === undefined) return "nothing to do: no signing key was created with another BETTER_AUTH_SECRET";
  const { key, endedSessions } = adopted;
  return `${key.id} is the only signing key now, and all sessions (${endedSessions}) have ended; restart every auth-service that runs with the old BETTER_AUTH_SECRET. Each api rejects older tokens within ${settings.jwksMaxAgeSeconds} s`;
});
