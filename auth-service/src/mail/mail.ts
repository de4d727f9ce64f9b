import { setTimeout as delay } from "node:timers/promises";
import type { Pool } from "pg";
import type { Logger } from "pino";
import { consume } from "../database/limits.ts";
import { describeError } from "../log.ts";
import type { MailSettings, Settings } from "../settings.ts";
import { folderDelivery, smtpDelivery } from "./mail-delivery.ts";
import { type MailKind, renderMail } from "./mail-templates.ts";

/** The limit per kind of mail and recipient, whoever requests the mails. */
const MAILS_PER_ADDRESS = { max: 5, windowSeconds: 3_600 };

/** Sends mails in the background, so that no request waits for a mail server or fails because of it. */
export interface Mail {
  /** Start sending a mail. The result is logged, without the address and the link. */
  send(kind: MailKind, to: string, token?: string): void;
  /** Wait for unsent mails, up to the timeout. */
  finish(timeoutMs: number): Promise<void>;
}

export function createMail(settings: MailSettings, { publicUrl }: Settings, pool: Pool, log: Logger): Mail {
  const deliver = settings.to === "server" ? smtpDelivery(settings) : folderDelivery(settings, log);
  const pending = new Set<Promise<void>>();

  async function sendOne(kind: MailKind, to: string, token?: string): Promise<void> {
    try {
      if ((await consume(pool, `mail:${kind}`, [to], MAILS_PER_ADDRESS)) > 0) {
        log.warn({ kind }, "mail skipped: too many of this kind to the address within an hour");
        return;
      }
      await deliver(kind, to, renderMail(kind, publicUrl, token));
      log.info({ kind }, "mail sent");
    } catch (error) {
      log.error({ kind, error: describeError(error) }, "could not send a mail");
    }
  }

  return {
    send(kind, to, token) {
      const sending = sendOne(kind, to, token).finally(() => pending.delete(sending));
      pending.add(sending);
    },
    async finish(timeoutMs) {
      await Promise.race([Promise.all(pending), delay(timeoutMs, undefined, { ref: false })]);
      if (pending.size > 0) log.error({ mails: pending.size }, "aborted mails that took too long");
    },
  };
}
