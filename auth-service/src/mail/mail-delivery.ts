import { randomBytes } from "node:crypto";
import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { createTransport } from "nodemailer";
import type { Logger } from "pino";
import { NEAR_HOST } from "../database/database-url.ts";
import type { MailSettings } from "../settings.ts";
import type { MailContent, MailKind } from "./mail-templates.ts";

/** Gets a mail to where mails go; fails when that does not work. */
export type Deliver = (kind: MailKind, to: string, letter: MailContent) => Promise<void>;

/** A server that does not get on with it is given up. */
const PATIENCE_MS = { dnsTimeout: 5_000, connectionTimeout: 5_000, greetingTimeout: 10_000, socketTimeout: 20_000 };

/** Nothing in a mail is read from a file or an address on the way. */
const NOTHING_FETCHED = { disableFileAccess: true, disableUrlAccess: true };

const ON_THIS_MACHINE = /^(localhost|127\.0\.0\.1|\[::1\])$/;

/** By SMTP. What is in a mail never travels in the clear, except in a private network; a password, within this machine. */
export function smtpDelivery({ url, from }: MailSettings & { to: "server" }): Deliver {
  const { username, hostname } = new URL(url);
  const near = NEAR_HOST.test(hostname.replace(/^\[|\]$/g, ""));
  const requireTLS = !near || (username !== "" && !ON_THIS_MACHINE.test(hostname));
  const transport = createTransport({ url, requireTLS, ...PATIENCE_MS, ...NOTHING_FETCHED });
  return async (_kind, to, { subject, text, html }) => {
    await transport.sendMail({ from, to, subject, text, html });
  };
}

/**
 * As a file that only this user can read; the log says where it lies.
 *
 * Who runs this in a terminal sees the link itself. A log that is collected by something else holds the path alone.
 */
export function folderDelivery({ folder, from }: MailSettings & { to: "folder" }, log: Logger): Deliver {
  const transport = createTransport({ streamTransport: true, buffer: true, newline: "unix", ...NOTHING_FETCHED });
  return async (kind, to, { subject, link, text, html }) => {
    const { message } = await transport.sendMail({ from, to, subject, text, html });
    const time = new Date().toISOString().replaceAll(/[:.]/g, "-");
    const file = join(folder, `${time}-${kind}-${randomBytes(4).toString("hex")}.eml`);
    await mkdir(folder, { recursive: true, mode: 0o700 });
    await writeFile(file, message as Buffer, { mode: 0o600, flag: "wx" });
    log.warn({ kind }, `no SMTP_URL is set, so a mail lies in ${file}`);
    if (process.stderr.isTTY) process.stderr.write(`${subject}: ${link}\n`);
  };
}
