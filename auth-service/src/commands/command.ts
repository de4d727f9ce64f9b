import { BetterAuthError } from "better-auth";
import type { Pool } from "pg";
import { destination, type Logger } from "pino";
import { explainConnectionError, oneLine } from "../database/connection-errors.ts";
import { type DatabaseUrl, direct } from "../database/database-url.ts";
import { createPool } from "../database/pool.ts";
import { createLog, describeError } from "../log.ts";
import { type DatabaseSetting, type Settings, settingsOrExit } from "../settings.ts";

/** A command cannot run; the message says what to do. */
export class CommandError extends Error {}

/**
 * Run a one-off program; exits with status 1 if it fails.
 *
 * @param work - returns its result, in one line.
 * @param databaseSetting - the setting with the database URL.
 */
export async function runCommand(
  work: (settings: Settings, pool: Pool, log: Logger) => Promise<string>,
  databaseSetting?: DatabaseSetting,
) {
  exitOnUncaughtError();
  const settings = settingsOrExit(process.env, databaseSetting);
  // The output is one line, so logs only appear when debugging.
  const isDebugging = settings.logLevel === "debug" || settings.logLevel === "trace";
  const log = createLog(isDebugging ? settings.logLevel : "silent", destination(2));
  const url = direct(settings.databaseUrl, settings.databaseDirectHost);
  const pool = createPool(url, log);
  try {
    process.stdout.write(`auth-service: ${await work(settings, pool, log)}\n`);
  } catch (error) {
    log.debug({ error: describeError(error) }, "the command failed");
    process.stderr.write(`auth-service: ${explanation(error, url)}\n`);
    process.exitCode = 1;
  } finally {
    await pool.end();
  }
}

/** One sentence that says what to do. The statements of commands contain no user data, so Postgres' messages are safe. */
function explanation(error: unknown, url: DatabaseUrl): string {
  if (error instanceof CommandError) return error.message;
  if (error instanceof BetterAuthError) return `can't migrate the tables: ${oneLine(error.message)}`;
  return explainConnectionError(error, url);
}

/** Report an uncaught error in one line and exit with status 1. */
export function exitOnUncaughtError(): void {
  process.on("uncaughtException", (error) => {
    const { name, stack } = describeError(error);
    process.stderr.write(`auth-service: unexpected ${name} ${stack[0] ?? ""}\n`);
    process.exit(1);
  });
}
