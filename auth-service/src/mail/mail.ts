import { setTimeout as delay } from "node:timers/promises";
import type { Pool } from "pg";
import type { Logger } from "pino";
import { consume } from "../database/limits.ts";
import { describeError } from "../log.ts";
import type { MailSettings, Settings } from "../settings.ts";
import { folderDelivery, smtpDelivery } from "./mail-delivery.ts";
import { type MailKind, renderMail } from "./mail-templates.ts";

/** How many mails of a kind an address gets, whoever asks for them. */
const MAILS_PER_ADDRESS = { max: 5, windowSeconds: 3_600 };

/** Sends mails beside the requests that ask for them: no request waits for a mail server, or fails because of it. */
export interface Mail {
  /** Puts a mail on its way. What becomes of it stands in the log, without address and link. */
  send(kind: MailKind, to: string, token?: string): void;
  /** Waits for the mails that are on their way, for so long at most. */
  finish(patienceMs: number): Promise<void>;
}

export function createMail(settings: MailSettings, { publicUrl }: Settings, pool: Pool, log: Logger): Mail {
  const deliver = settings.to === "server" ? smtpDelivery(settings) : folderDelivery(settings, log);
  const pending = new Set<Promise<void>>();

  async function sendOne(kind: MailKind, to: string, token?: string): Promise<void> {
    try {
      if ((await consume(pool, `mail:${kind}`, [to], MAILS_PER_ADDRESS)) > 0) {
        log.warn({ kind }, "a mail was left out: its address had several of this kind within the hour");
        return;
      }
      await deliver(kind, to, renderMail(kind, publicUrl, token));
      log.info({ kind }, "a mail was sent");
    } catch (error) {
      log.error({ kind, error: describeError(error) }, "a mail could not be sent");
    }
  }

  return {
    send(kind, to, token) {
      const sending = sendOne(kind, to, token).finally(() => pending.delete(sending));
      pending.add(sending);
    },
    async finish(patienceMs) {
      await Promise.race([Promise.all(pending), delay(patienceMs, undefined, { ref: false })]);
      if (pending.size > 0) log.error({ mails: pending.size }, "mails were cut off: they took too long");
    },
  };
}
