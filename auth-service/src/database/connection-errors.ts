import pg from "pg";
import { addressOf, type DatabaseUrl } from "./database-url.ts";

/** node-pg's message for a server without TLS; the error has no code. */
const NO_TLS = "The server does not support SSL connections";

const EXPIRED = new Set(["CERT_HAS_EXPIRED", "CERT_NOT_YET_VALID"]);
const UNTRUSTED =
  /^(SELF_SIGNED_CERT|DEPTH_ZERO_SELF_SIGNED|UNABLE_TO_|CERT_UNTRUSTED|CERT_SIGNATURE_FAILURE|INVALID_CA)/;

/**
 * Say in one sentence why the connection failed and what to do, without passwords or user data.
 *
 * The api has the same sentences (connection_errors.py), which tests/contract and tests/poolers compare.
 */
export function explainConnectionError(error: unknown, url: DatabaseUrl): string {
  const address = addressOf(url);
  const code = codeOf(error);
  if (code === "ERR_TLS_CERT_ALTNAME_INVALID") {
    return `the certificate of ${address} is for another host name: write the name that it has`;
  }
  if (EXPIRED.has(code)) {
    return `the certificate of ${address} has expired, or this machine's clock is wrong: renew the one or set the other`;
  }
  if (UNTRUSTED.test(code)) {
    return `nobody known here has signed the certificate of ${address}: add sslrootcert=FILE, the signer's certificate, to the URL`;
  }
  if (error instanceof Error && error.message === NO_TLS) {
    return `${address} has no TLS: turn it on there, or add sslmode=disable to the URL if nobody else is in between`;
  }
  if (code === "ECONNREFUSED") return `nothing listens at ${address}: start the database, or correct the address`;
  if (code === "ENOTFOUND" || code === "EAI_AGAIN") return `the host name of ${address} is unknown: correct it`;
  if (error instanceof pg.DatabaseError) return explainServerError(error, code, url);
  if (/timeout/i.test(error instanceof Error ? error.message : "")) {
    return `${address} does not answer: is it the right address, and does a firewall let us through?`;
  }
  return `the database at ${address} cannot be reached: ${code || "the connection broke"}`;
}

function explainServerError(error: pg.DatabaseError, sqlState: string, url: DatabaseUrl): string {
  const address = addressOf(url);
  // Postgres and poolers report that they require TLS in different words, without a distinct code.
  if (!url.tls && /\bssl|encrypt|insecure/i.test(error.message)) {
    return `${address} wants TLS: add sslmode=require to the URL`;
  }
  if (sqlState.startsWith("28")) {
    return `${address} does not let the role ${url.user} in: check its password, or run the bootstrap: python -m taskchat.database.bootstrap`;
  }
  if (sqlState === "3D000") return `there is no such database at ${address}: make it, or correct the URL`;
  return `the database at ${address} refused: ${oneLine(error.message)} (SQLSTATE ${sqlState})`;
}

function codeOf(error: unknown): string {
  return error instanceof Error && "code" in error && typeof error.code === "string" ? error.code : "";
}

export function oneLine(text: string): string {
  return text.replace(/\s+/g, " ").trim();
}
