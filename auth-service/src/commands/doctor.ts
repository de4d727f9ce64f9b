import { randomUUID } from "node:crypto";
import { setTimeout as delay } from "node:timers/promises";
import { parseArgs } from "node:util";
import type { Pool } from "pg";
import { z } from "zod";
import { checkCredentials } from "../accounts/provider-credentials.ts";
import { type Auth, authOptions } from "../auth.ts";
import { explainConnectionError } from "../database/connection-errors.ts";
import { createPool, STATEMENT_TIMEOUT_MS } from "../database/pool.ts";
import { checkReadiness, MISSING } from "../database/readiness.ts";
import { createLog } from "../log.ts";
import { folderDelivery, smtpDelivery, tryMailServer } from "../mail/mail-delivery.ts";
import { explainMailError, withoutCredentials } from "../mail/mail-errors.ts";
import { renderMail } from "../mail/mail-templates.ts";
import { readSettings, type Settings } from "../settings.ts";
import { exitOnUncaughtError } from "./command.ts";

/**
 * Check everything that auth-service needs, and say how to fix what is missing.
 *
 *     node auth-service/src/commands/doctor.ts [--mail you@example.com] [--without-database] [--json]
 *
 * The checks run concurrently; each finding is printed as soon as it is known. Exits with status 1 if one failed. --mail
 * sends a test email. With --json, lines are JSON, and one contains an access token for a nonexistent user, with which the
 * api's doctor checks that the two services fit together.
 */
interface Finding {
  readonly part: "auth-service";
  readonly status: "ok" | "failed" | "note" | "token";
  readonly message: string;
}

const USAGE = "usage: doctor.ts [--mail you@example.com] [--without-database] [--json]";
/** A suspended database takes some seconds to wake up. */
const DATABASE_MS = 10_000;
const LOGIN_MS = 10_000;
/** Some servers scan an email before they reply. */
const MAIL_MS = 30_000;

exitOnUncaughtError();
process.stdout.on("error", () => process.exit(1)); // The reader, such as `head`, has left.
const options = parseOptions();
let hasFailed = false;
await examine(process.env);
process.exit(hasFailed ? 1 : 0);

function parseOptions() {
  try {
    return parseArgs({
      options: {
        mail: { type: "string" },
        "without-database": { type: "boolean", default: false },
        json: { type: "boolean", default: false },
      },
    }).values;
  } catch {
    process.stderr.write(`${USAGE}\n`);
    return process.exit(2);
  }
}

function report(finding: Finding): void {
  const { status, message } = finding;
  hasFailed ||= status === "failed";
  if (options.json) process.stdout.write(`${JSON.stringify(finding)}\n`);
  else if (status !== "token") process.stdout.write(`${status.padEnd(7)} ${message}\n`);
}

async function examine(env: NodeJS.ProcessEnv): Promise<void> {
  const result = readSettings(env);
  if ("problems" in result) {
    for (const problem of result.problems) report(failed(problem));
    return;
  }
  const { settings } = result;
  await Promise.all([
    options["without-database"] ? undefined : examineDatabase(settings),
    options.mail === undefined ? examineMail(settings) : sendTestMail(settings, options.mail),
    examineProviders(settings),
  ]);
}

async function examineDatabase(settings: Settings): Promise<void> {
  const pool = createPool(settings.databaseUrl, createLog("silent"), STATEMENT_TIMEOUT_MS);
  try {
    for (const finding of await within(DATABASE_MS, examineSchema(settings, pool))) report(finding);
  } catch (error) {
    report(failed(`AUTH_DATABASE_URL: ${explainConnectionError(error, settings.databaseUrl)}`));
  }
  pool.end().catch(() => {}); // Not awaited: a connection that hangs would delay it.
}

async function examineSchema(settings: Settings, pool: Pool): Promise<Finding[]> {
  const found = await checkReadiness(authOptions(settings, pool, createLog("silent")), pool);
  if (!("auth" in found)) {
    if (found.missing === "database") throw found.error;
    return [failed(MISSING[found.missing])];
  }
  const ready = ok("settings, database, schema auth and the signing key");
  return [ready, finding("token", await tokenForNobody(found.auth))];
}

/** An ordinary access token for a user who does not exist. */
async function tokenForNobody(auth: Auth): Promise<string> {
  const payload = { sub: randomUUID(), sid: randomUUID(), iat: Math.floor(Date.now() / 1000) };
  const { token } = await auth.api.signJWT({ body: { payload } });
  return token;
}

async function examineMail({ mail }: Settings): Promise<void> {
  if (mail === undefined) return report(note("SMTP_URL is not set: nobody can verify an email or reset a password"));
  if (mail.to === "folder") return report(note(`SMTP_URL is not set: emails are written to ${mail.folder}`));
  try {
    await within(LOGIN_MS, tryMailServer(mail));
    report(ok(`connection and login to the mail server ${new URL(mail.url).host} work; no email was sent`));
  } catch (error) {
    report(failed(explainMailError(error, mail.url)));
  }
}

async function sendTestMail({ mail, publicUrl }: Settings, to: string): Promise<void> {
  if (!z.email().safeParse(to).success)
    return report(failed("the test email was not sent: give an email address, such as you@example.com"));
  if (mail === undefined) return report(failed("the test email was not sent: set SMTP_URL and MAIL_FROM"));
  const content = renderMail("test", publicUrl);
  if (mail.to === "folder") {
    const written = await folderDelivery(mail, createLog("silent"))("test", to, content).catch(codeOf);
    if (written instanceof Error) return report(failed(`can't write to ${mail.folder}: ${written.message}`));
    return report(ok(`SMTP_URL is not set, so the test email was written to ${written}`));
  }
  try {
    const reply = await within(MAIL_MS, smtpDelivery(mail)("test", to, content));
    const { host } = new URL(mail.url);
    report(ok(`${host} accepted the test email to ${to}: ${withoutCredentials(reply, new URL(mail.url))}`));
  } catch (error) {
    report(failed(`the test email was not sent. ${explainMailError(error, mail.url)}`));
  }
}

/** The system's code for a failed write, as the message of an error. */
function codeOf(error: NodeJS.ErrnoException): Error {
  return new Error(error.code ?? error.name);
}

async function examineProviders({ providers, publicUrl }: Settings): Promise<void> {
  const given = Object.entries(providers) as [keyof typeof providers, (typeof providers)["github"]][];
  await Promise.all(
    given.map(async ([provider, credentials]) => {
      if (!credentials) return;
      const { status, message } = await checkCredentials(provider, credentials, publicUrl);
      report(finding(status, message));
    }),
  );
}

/** Reject with a timeout if it takes longer. */
async function within<Result>(ms: number, work: Promise<Result>): Promise<Result> {
  const late = delay(ms, undefined, { ref: false }).then(() => {
    throw Object.assign(new Error("timeout"), { code: "ETIMEDOUT" });
  });
  return Promise.race([work, late]);
}

function finding(status: Finding["status"], message: string): Finding {
  return { part: "auth-service", status, message };
}

function ok(message: string): Finding {
  return finding("ok", message);
}

function failed(message: string): Finding {
  return finding("failed", message);
}

function note(message: string): Finding {
  return finding("note", message);
}
