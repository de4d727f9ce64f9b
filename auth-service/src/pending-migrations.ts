import { getMigrations } from "better-auth/db/migration";
import type { AuthOptions } from "./auth.ts";

/**
 * What the database lacks of the tables that these options need.
 *
 * What cannot be done without inventing data stands in `unsafeChanges`.
 *
 * @throws BetterAuthError - an index of the same name but another meaning is in the way.
 */
export const pendingMigrations = (options: AuthOptions) => getMigrations(options, { throwOnUnsafe: false });
