import { once } from "node:events";
import { readdir, readFile } from "node:fs/promises";
import type { AddressInfo } from "node:net";
import path from "node:path";
import { text } from "node:stream/consumers";
import { expect } from "@playwright/test";
import { SMTPServer } from "smtp-server";

/** The emails that a stack has sent. */
export interface Mailbox {
  /** Every email in full, oldest first. */
  read(): Promise<readonly string[]>;
}

/** A mail server that accepts everything. */
export interface MailServer extends Mailbox {
  readonly url: string;
  stop(): Promise<void>;
}

export async function startMailServer(): Promise<MailServer> {
  const mails: string[] = [];
  const server = new SMTPServer({
    authOptional: true,
    disabledCommands: ["STARTTLS"],
    onData: async (stream, _session, accept) => {
      mails.push(await text(stream));
      accept();
    },
  });
  server.on("error", () => {}); // A client closed its connection.
  server.listen(0, "127.0.0.1");
  await once(server.server, "listening");
  return {
    url: `smtp://127.0.0.1:${(server.server.address() as AddressInfo).port}`,
    read: async () => mails,
    stop: () => new Promise((resolve) => server.close(() => resolve())),
  };
}

/** The folder for emails of a stack without a mail server. */
export function mailFolder(data: string): Mailbox {
  const folder = path.join(data, "mail");
  return {
    read: async () => {
      const files = await readdir(folder).catch(() => []);
      return Promise.all(files.toSorted().map((file) => readFile(path.join(folder, file), "utf8")));
    },
  };
}

/**
 * Waits for an email to this address and returns its link to this page.
 *
 * @param after - how many such emails were sent before.
 */
export async function linkTo(mailbox: Mailbox, address: string, page: string, after = 0): Promise<string> {
  let links: string[] = [];
  await expect
    .poll(async () => {
      const mails = (await mailbox.read()).map(decoded).filter((mail) => mail.includes(`To: ${address}`));
      links = mails.flatMap((mail) => mail.match(/https?:\/\/[^\s"<]+/) ?? []).filter((link) => link.includes(page));
      return links.length;
    })
    .toBeGreaterThan(after);
  return links.at(-1) ?? "";
}

/** Decodes quoted-printable, which breaks lines in the middle of links. */
function decoded(mail: string): string {
  return mail
    .replace(/=\r?\n/g, "")
    .replace(/=([0-9A-F]{2})/g, (_, code: string) => String.fromCharCode(Number.parseInt(code, 16)));
}
