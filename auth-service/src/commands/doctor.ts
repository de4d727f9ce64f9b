import { randomUUID } from "node:crypto";
import type { Pool } from "pg";
import { type Auth, authOptions } from "../auth.ts";
import { explainConnectionError } from "../database/connection-errors.ts";
import { createPool } from "../database/pool.ts";
import { checkReadiness, MISSING } from "../database/readiness.ts";
import { createLog } from "../log.ts";
import { readSettings, type Settings } from "../settings.ts";
import { exitOnUncaughtError } from "./command.ts";

/**
 * Check everything that auth-service needs, and say how to fix what is missing.
 *
 * Prints one line per finding; exits with status 1 if one failed. With --json, lines are JSON, and the last one contains an
 * access token for a nonexistent user, with which the api's doctor checks that the two services fit together.
 */
interface Finding {
  readonly part: "auth-service";
  readonly status: "ok" | "failed" | "token";
  readonly message: string;
}

exitOnUncaughtError();
const findings = await examine(process.env);
for (const finding of findings) {
  if (process.argv.includes("--json")) process.stdout.write(`${JSON.stringify(finding)}\n`);
  else if (finding.status !== "token") process.stdout.write(`${finding.status.padEnd(7)} ${finding.message}\n`);
}
process.exit(findings.some(({ status }) => status === "failed") ? 1 : 0);

async function examine(env: NodeJS.ProcessEnv): Promise<Finding[]> {
  const result = readSettings(env);
  if ("problems" in result) return result.problems.map(failed);
  const { settings } = result;
  const pool = createPool(settings.databaseUrl, createLog("silent"));
  try {
    return await examineSchema(settings, pool);
  } catch (error) {
    return [failed(`AUTH_DATABASE_URL: ${explainConnectionError(error, settings.databaseUrl)}`)];
  } finally {
    await pool.end();
  }
}

async function examineSchema(settings: Settings, pool: Pool): Promise<Finding[]> {
  const found = await checkReadiness(authOptions(settings, pool, createLog("silent")), pool);
  if (!("auth" in found)) {
    if (found.missing === "database") throw found.error;
    return [failed(MISSING[found.missing])];
  }
  const ready = ok("settings, database, schema auth and the signing key");
  return [ready, { part: "auth-service", status: "token", message: await tokenForNobody(found.auth) }];
}

/** An ordinary access token for a user who does not exist. */
async function tokenForNobody(auth: Auth): Promise<string> {
  const payload = { sub: randomUUID(), sid: randomUUID(), iat: Math.floor(Date.now() / 1000) };
  const { token } = await auth.api.signJWT({ body: { payload } });
  return token;
}

function failed(message: string): Finding {
  return { part: "auth-service", status: "failed", message };
}

function ok(message: string): Finding {
  return { part: "auth-service", status: "ok", message };
}
