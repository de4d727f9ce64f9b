import { BetterAuthError } from "better-auth";
import { destination } from "pino";
import { authOptions } from "./auth.ts";
import { createPool } from "./database.ts";
import { oneLine, whyRefused } from "./database-refusal.ts";
import { direct } from "./database-url.ts";
import { createLog, describeError } from "./log.ts";
import { type Migrated, MigrationRefused, migrate } from "./migrations.ts";
import { settingsOrExit } from "./settings.ts";

const settings = settingsOrExit(process.env);
const log = createLog(settings.logLevel, destination(2));
const url = direct(settings.databaseUrl, settings.databaseDirectHost);
const pool = createPool(url, log);
try {
  const migrated = await migrate(authOptions(settings, pool, log), pool);
  process.stdout.write(`auth-service: ${summary(migrated)}\n`);
} catch (error) {
  log.debug({ error: describeError(error) }, "the migrations failed");
  process.stderr.write(`auth-service: ${explanation(error)}\n`);
  process.exitCode = 1;
} finally {
  await pool.end();
}

function summary({ createdTables, changedTables, mintedKey }: Migrated): string {
  const changes = [
    createdTables > 0 && `${createdTables} tables created`,
    changedTables > 0 && `${changedTables} tables changed`,
    mintedKey && "the first signing key minted",
  ].filter(Boolean);
  return `schema auth is up to date: ${changes.join(", ") || "nothing to do"}`;
}

/** One sentence that says what to do. Statements of a migration quote nobody's data, so Postgres' own words may show. */
function explanation(error: unknown): string {
  if (error instanceof MigrationRefused) return error.message;
  if (error instanceof BetterAuthError) return `the tables cannot be migrated: ${oneLine(error.message)}`;
  return whyRefused(error, url);
}
