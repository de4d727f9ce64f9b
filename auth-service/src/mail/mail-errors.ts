import { oneLine } from "../database/connection-errors.ts";

/** The parts of nodemailer's errors that tell what happened. */
interface MailError {
  /** nodemailer's own code. */
  readonly code?: string;
  /** That of the operating system or of OpenSSL. */
  readonly originalCode?: string;
  /** The server's reply, which begins with its code. */
  readonly response?: string;
  readonly responseCode?: number;
  /** The SMTP command that failed. */
  readonly command?: string;
  readonly message?: string;
}

const REPLY_MAX_CHARS = 300;

const UNTRUSTED =
  /^(SELF_SIGNED_CERT|DEPTH_ZERO_SELF_SIGNED|UNABLE_TO_|CERT_UNTRUSTED|CERT_SIGNATURE_FAILURE|INVALID_CA)/;

/** Say in one line why the server at SMTP_URL didn't take a mail, and what to do; without the URL's user and password. */
export function explainMailError(error: unknown, smtpUrl: string): string {
  const { code = "", originalCode = "", responseCode = 0, response = "", command = "" } = error as MailError;
  const url = new URL(smtpUrl);
  const address = url.host;
  const reply = response ? ` (it said: ${withoutCredentials(response, url)})` : "";

  if (code === "EAUTH") {
    const missing =
      url.password === "" ? "SMTP_URL has a user, but no password" : "correct the user and password in SMTP_URL";
    return `SMTP_URL: ${address} refuses the login: ${missing}${reply}`;
  }
  if (code === "EDNS") return `SMTP_URL: the host name of ${address} is unknown: correct it`;
  if (code === "EENVELOPE") return `${explainRefusedEnvelope(command, responseCode, address)}${reply}`;
  if (code === "EMESSAGE")
    return `${address} refuses the message, perhaps as spam: check MAIL_FROM and its domain${reply}`;
  return `SMTP_URL: ${explainTls(error as MailError, url) ?? explainConnection(code, originalCode, address)}${reply}`;
}

function explainRefusedEnvelope(command: string, status: number, address: string): string {
  if (status === 530) return `SMTP_URL: ${address} wants a login: put its user and password into the URL`;
  if (command === "MAIL FROM") {
    return `MAIL_FROM: ${address} doesn't let this account send from this address: use one that it owns, or allow it there`;
  }
  if (status === 450 || status === 451)
    return `${address} doesn't take the mail yet (greylisting?): try again in some minutes`;
  return `${address} refuses the recipient: it doesn't know the address, or it relays only for accounts: put a user and password into SMTP_URL`;
}

/** undefined if TLS isn't the problem. */
function explainTls({ code, originalCode = "", message = "" }: MailError, url: URL): string | undefined {
  const address = url.host;
  if (originalCode === "ERR_TLS_CERT_ALTNAME_INVALID") {
    return `the certificate of ${address} is for another host name: write the name that it has`;
  }
  if (originalCode === "CERT_HAS_EXPIRED" || originalCode === "CERT_NOT_YET_VALID") {
    return `the certificate of ${address} has expired, or this machine's clock is wrong`;
  }
  if (UNTRUSTED.test(originalCode)) {
    return `nobody known here has signed the certificate of ${address}: set NODE_EXTRA_CA_CERTS to a file with the signer's certificate`;
  }
  if (url.protocol === "smtps:" && /^(EPROTO|ERR_SSL_)/.test(originalCode)) {
    return `${address} doesn't speak TLS from the start: write smtp:// for port 587 or 25, smtps:// for 465`;
  }
  // The reply to HELO instead, if the server knows no extensions.
  if (code === "ETLS" || /STARTTLS/.test(message)) {
    return `${address} offers no usable STARTTLS, and mails need encryption outside of a private network: use smtps:// and port 465, or turn TLS on there`;
  }
  return undefined;
}

function explainConnection(code: string, originalCode: string, address: string): string {
  if (originalCode === "ECONNREFUSED") return `nothing listens at ${address}: correct the address, or start the server`;
  if (code === "ETIMEDOUT" || originalCode === "ETIMEDOUT") {
    return `${address} does not answer: is it the right address and port (smtps:// for 465, smtp:// for 587), and does a firewall let us through? Many hosts block port 25`;
  }
  if (code === "EPROTOCOL") return `what answers at ${address} is no mail server: correct the address`;
  return `${address} broke the connection${originalCode ? ` (${originalCode})` : ""}: is it a mail server, and is this the right port (smtps:// for 465, smtp:// for 587)?`;
}

/** A server's reply as one printable line, without the URL's user and password, which it may repeat. */
export function withoutCredentials(reply: string, url: URL): string {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: a server may send any, and a terminal would obey them
  let text = oneLine(reply).replace(/[\x00-\x1f\x7f-\x9f]/g, "?");
  for (const secret of [url.password, url.username].map(decodeURIComponent).filter(Boolean)) {
    for (const form of [secret, Buffer.from(secret).toString("base64")]) text = text.replaceAll(form, "…");
  }
  return text.length > REPLY_MAX_CHARS ? `${text.slice(0, REPLY_MAX_CHARS)}…` : text;
}
