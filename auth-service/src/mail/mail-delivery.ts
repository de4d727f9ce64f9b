import { randomBytes } from "node:crypto";
import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { createTransport } from "nodemailer";
import type { Logger } from "pino";
import { NEAR_HOST } from "../database/database-url.ts";
import type { MailSettings } from "../settings.ts";
import type { MailContent, MailKind } from "./mail-templates.ts";

/** Deliver a mail; returns what became of it, in one line, or rejects. */
export type Deliver = (kind: MailKind, to: string, content: MailContent) => Promise<string>;

/** Time out unresponsive mail servers. */
const TIMEOUTS = { dnsTimeout: 5_000, connectionTimeout: 5_000, greetingTimeout: 10_000, socketTimeout: 20_000 };

/** Never let nodemailer read files or URLs. */
const NO_EXTERNAL_CONTENT = { disableFileAccess: true, disableUrlAccess: true };

const ON_THIS_MACHINE = /^(localhost|127\.0\.0\.1|\[::1\])$/;

/**
 * Deliver by SMTP.
 *
 * Requires TLS, except within a private network; with a password, except on this machine.
 */
export function smtpDelivery(settings: MailSettings & { to: "server" }): Deliver {
  const { from } = settings;
  const transport = smtpTransport(settings);
  return async (_kind, to, { subject, text, html }) => {
    const { response } = await transport.sendMail({ from, to, subject, text, html });
    return response;
  };
}

/** Connect, encrypt and sign in as for a mail, without sending one; rejects if that fails. */
export async function tryMailServer(settings: MailSettings & { to: "server" }): Promise<void> {
  await smtpTransport(settings).verify();
}

function smtpTransport({ url }: { readonly url: string }) {
  const { username, hostname } = new URL(url);
  const near = NEAR_HOST.test(hostname.replace(/^\[|\]$/g, ""));
  const requireTLS = !near || (username !== "" && !ON_THIS_MACHINE.test(hostname));
  return createTransport({ url, requireTLS, ...TIMEOUTS, ...NO_EXTERNAL_CONTENT });
}

/**
 * Deliver to a file that only this user can read, and log its path.
 *
 * In a terminal, the link is printed as well. Collected logs contain only the path.
 */
export function folderDelivery({ folder, from }: MailSettings & { to: "folder" }, log: Logger): Deliver {
  const transport = createTransport({ streamTransport: true, buffer: true, newline: "unix", ...NO_EXTERNAL_CONTENT });
  return async (kind, to, { subject, link, text, html }) => {
    const { message } = await transport.sendMail({ from, to, subject, text, html });
    const time = new Date().toISOString().replaceAll(/[:.]/g, "-");
    const file = join(folder, `${time}-${kind}-${randomBytes(4).toString("hex")}.eml`);
    await mkdir(folder, { recursive: true, mode: 0o700 });
    await writeFile(file, message as Buffer, { mode: 0o600, flag: "wx" });
    log.warn({ kind }, `SMTP_URL is not set, so a mail was written to ${file}`);
    if (process.stderr.isTTY) process.stderr.write(`${subject}: ${link}\n`);
    return file;
  };
}
