import { once } from "node:events";
import { type AddressInfo, createServer, type Server } from "node:net";
import { text } from "node:stream/consumers";
import { SMTPServer } from "smtp-server";
import { remember } from "./secrets.ts";
import { until } from "./until.ts";

export interface ReceivedMail {
  readonly to: string;
  readonly subject: string;
  /** The decoded message. */
  readonly content: string;
  /** The token in its link, if there is one. */
  readonly token: string | undefined;
}

/** A mail server that keeps the mails. */
export interface MailServer {
  readonly url: string;
  /** Waits for that many mails to this address. */
  mailsTo(address: string, count?: number): Promise<ReceivedMail[]>;
  /** The number of mails to this address so far. */
  countTo(address: string): number;
  close(): Promise<void>;
}

/** @param accepts - delays the server's response to a mail; reject to refuse the mail. */
export async function startMailServer(accepts: () => Promise<void> = async () => {}): Promise<MailServer> {
  const mails: ReceivedMail[] = [];
  const server = new SMTPServer({
    authOptional: true,
    disabledCommands: ["STARTTLS"],
    onData: async (stream, session, done) => {
      const mail = readMail(session.envelope.rcptTo[0]?.address ?? "", await text(stream));
      try {
        await accepts();
        mails.push(mail);
        done();
      } catch (error) {
        done(error as Error);
      }
    },
  });
  server.on("error", () => {}); // A client that is killed.
  server.listen(0, "127.0.0.1");
  await once(server.server, "listening");
  const to = (address: string) => mails.filter((mail) => mail.to === address);
  return {
    url: `smtp://127.0.0.1:${(server.server.address() as AddressInfo).port}`,
    mailsTo: async (address, count = 1) => {
      await until(`${count} mails have come`, () => to(address).length >= count);
      return to(address);
    },
    countTo: (address) => to(address).length,
    close: () => new Promise((resolve) => server.close(() => resolve())),
  };
}

/** Parses a plain or quoted-printable mail. */
export function readMail(to: string, raw: string): ReceivedMail {
  const content = raw
    .replace(/=\r?\n/g, "")
    .replace(/=([0-9A-F]{2})/g, (_, hex) => String.fromCharCode(Number.parseInt(hex, 16)));
  const token = content.match(/#token=([\w.~-]+)/)?.[1];
  if (token) remember("a mail's token", token);
  return { to, subject: content.match(/^Subject: (.*)$/m)?.[1]?.trim() ?? "", content, token };
}

/** A server that accepts connections and never responds. */
export async function startSilentServer(): Promise<{ url: string; close: () => void; server: Server }> {
  const sockets = new Set<{ destroy(): void }>();
  const server = createServer((socket) => {
    sockets.add(socket);
    socket.on("error", () => {});
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const close = () => {
    for (const socket of sockets) socket.destroy();
    server.close();
  };
  return { url: `smtp://127.0.0.1:${(server.address() as AddressInfo).port}`, close, server };
}
