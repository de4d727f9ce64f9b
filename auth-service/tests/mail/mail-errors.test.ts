import { once } from "node:events";
import { type AddressInfo, createServer } from "node:net";
import { SMTPServer, type SMTPServerOptions } from "smtp-server";
import { describe, expect, test } from "vitest";
import { smtpDelivery, tryMailServer } from "../../src/mail/mail-delivery.ts";
import { explainMailError } from "../../src/mail/mail-errors.ts";
import { renderMail } from "../../src/mail/mail-templates.ts";
import { startSilentServer } from "../support/mail-server.ts";

const FROM = "Taskchat <taskchat@example.com>";
const PASSWORD = "only-the-tests-know";

/** Runs a mail server during the work; returns its result. */
async function withServer<Result>(
  options: SMTPServerOptions,
  work: (address: string) => Promise<Result>,
  host = "127.0.0.1",
) {
  const server = new SMTPServer({ authOptional: true, disabledCommands: ["STARTTLS"], ...options });
  server.on("error", () => {}); // A client that doesn't trust us.
  server.listen(0, host);
  await once(server.server, "listening");
  try {
    return await work(`${host}:${(server.server.address() as AddressInfo).port}`);
  } finally {
    await new Promise<void>((resolve) => server.close(() => resolve()));
  }
}

/** A server that answers each connection with a text. */
async function withText<Result>(text: string, work: (address: string) => Promise<Result>) {
  const server = createServer((socket) => {
    socket.on("error", () => {});
    socket.end(text);
  }).listen(0, "127.0.0.1");
  await once(server, "listening");
  try {
    return await work(`127.0.0.1:${(server.address() as AddressInfo).port}`);
  } finally {
    server.close();
  }
}

async function loginProblem(url: string): Promise<string | undefined> {
  try {
    await tryMailServer({ to: "server", url, from: FROM });
    return undefined;
  } catch (error) {
    return explainMailError(error, url);
  }
}

async function sendingProblem(url: string): Promise<string> {
  try {
    return await smtpDelivery({ to: "server", url, from: FROM })(
      "test",
      "you@example.com",
      renderMail("test", "http://localhost:3000"),
    );
  } catch (error) {
    return explainMailError(error, url);
  }
}

/** A refusal with this status. */
const refusal = (responseCode: number, message: string) => Object.assign(new Error(message), { responseCode });

const refuseLogin: SMTPServerOptions = {
  authOptional: false,
  allowInsecureAuth: true,
  onAuth: ({ password }, _session, done) => done(refusal(535, `5.7.8 Bad credentials\x1b[31m: ${password}`)),
};

describe("the login at the mail server", () => {
  test("succeeds without sending a mail", async () => {
    const mails: string[] = [];
    const onMailFrom: SMTPServerOptions["onMailFrom"] = ({ address }, _session, done) => {
      mails.push(address);
      done();
    };
    expect(await withServer({ onMailFrom }, (address) => loginProblem(`smtp://${address}`))).toBeUndefined();
    expect(mails).toEqual([]);
  });

  test("explains an unknown host, and one that refuses or breaks the connection", async () => {
    expect(await loginProblem("smtps://no-such-host.invalid:465")).toMatch(
      /^SMTP_URL: the host name of no-such-host.invalid:465 is unknown/,
    );
    expect(await loginProblem("smtp://127.0.0.1:1")).toMatch(/^SMTP_URL: nothing listens at 127.0.0.1:1/);
    expect(await withText("", (address) => loginProblem(`smtp://${address}`))).toMatch(/broke the connection/);
    expect(await withText("HTTP/1.1 400 Bad Request\r\n\r\n", (address) => loginProblem(`smtp://${address}`))).toMatch(
      /is no mail server/,
    );
  });

  test("explains a server that never answers", async () => {
    const server = await startSilentServer();
    expect(await loginProblem(server.url)).toMatch(/does not answer: is it the right address and port/);
    server.close();
  });

  test("explains missing and untrusted TLS", async () => {
    expect(await withServer({}, (address) => loginProblem(`smtps://${address}`))).toMatch(
      /doesn't speak TLS from the start: write smtp:\/\/ for port 587/,
    );
    expect(await withServer({ secure: true }, (address) => loginProblem(`smtps://${address}`))).toMatch(
      /the certificate of 127.0.0.1:\d+ has expired/,
    );
    // Elsewhere than on this machine, a password needs TLS.
    const elsewhere = (address: string) => loginProblem(`smtp://me:${PASSWORD}@${address}`);
    expect(await withServer(refuseLogin, elsewhere, "127.0.0.2")).toMatch(/offers no usable STARTTLS/);
  });

  test("explains a refused login, without the password and control characters", async () => {
    const problem = await withServer(refuseLogin, (address) => loginProblem(`smtp://me:${PASSWORD}@${address}`));
    expect(problem).toMatch(/refuses the login: correct the user and password in SMTP_URL \(it said: 535 5.7.8 Bad/);
    expect(problem).not.toContain(PASSWORD);
    expect(problem).not.toContain("\x1b");
    expect(await withServer(refuseLogin, (address) => loginProblem(`smtp://me@${address}`))).toMatch(
      /has a user, but no password|refuses the login/,
    );
  });
});

describe("a refused mail", () => {
  test.for<[string, SMTPServerOptions, RegExp]>([
    [
      "without a login",
      { onMailFrom: (_from, _session, done) => done(refusal(530, "5.7.0 Authentication required")) },
      /wants a login: put its user and password into the URL \(it said: 530 5.7.0/,
    ],
    [
      "from this sender",
      { onMailFrom: (_from, _session, done) => done(refusal(553, "5.7.1 Sender address rejected: not owned by user")) },
      /^MAIL_FROM: 127.0.0.1:\d+ doesn't let this account send from this address.*\(it said: 553 5.7.1/,
    ],
    [
      "to this recipient",
      { onRcptTo: (_to, _session, done) => done(refusal(554, "5.7.1 Relay access denied")) },
      /relays only for accounts: put a user and password into SMTP_URL \(it said: 554 5.7.1 Relay access denied\)/,
    ],
    [
      "for now",
      { onRcptTo: (_to, _session, done) => done(refusal(451, "4.7.1 Greylisted")) },
      /doesn't take the mail yet \(greylisting\?\)/,
    ],
    [
      "for its content",
      {
        onData: (stream, _session, done) => {
          stream.resume().on("end", () => done(refusal(550, "5.7.1 Spam message rejected")));
        },
      },
      /refuses the message, perhaps as spam/,
    ],
  ])("%s", async ([, options, expected]) => {
    expect(await withServer(options, (address) => sendingProblem(`smtp://${address}`))).toMatch(expected);
  });
});
