import type { PoolConfig } from "pg";

/** What node-pg understands and every pooler accepts. `options` and the server settings are not among them. */
const PASSED_ON = new Set(["sslmode", "sslrootcert", "sslcert", "sslkey", "application_name"]);

/** Modes that libpq takes to mean encryption, each with less than full verification of the server. */
const LENIENT_MODES = new Set(["allow", "prefer", "require", "verify-ca"]);

/** Whether it is a Postgres URL that names a host and a database. */
export function isPostgresUrl(text: string): boolean {
  const url = URL.parse(text);
  if (url === null || !/^postgres(ql)?:$/.test(url.protocol)) return false;
  return url.hostname !== "" && url.pathname.length > 1;
}

/**
 * A Postgres URL as node-pg wants it, so that one pasted from Neon works unchanged.
 *
 * Every lenient `sslmode` becomes `verify-full`, which is what node-pg does with them anyway, after a warning.
 * `channel_binding` becomes node-pg's own option. Parameters that node-pg does not know are left out and named
 * in `ignored`.
 *
 * @param text - a URL for which {@link isPostgresUrl} holds.
 */
export function connectionOptions(text: string): { connection: PoolConfig; ignored: string[] } {
  const url = new URL(text);
  const parameters = [...url.searchParams];
  const channelBinding = url.searchParams.get("channel_binding");
  const ignored: string[] = [];
  for (const [name, value] of parameters) {
    if (PASSED_ON.has(name) && !(name === "sslrootcert" && value === "system")) continue;
    url.searchParams.delete(name);
    if (name !== "channel_binding" && name !== "sslrootcert") ignored.push(name);
  }
  if (LENIENT_MODES.has(url.searchParams.get("sslmode") ?? "")) url.searchParams.set("sslmode", "verify-full");
  return {
    connection: {
      connectionString: url.href,
      enableChannelBinding: channelBinding === "require" || channelBinding === "prefer",
    },
    ignored,
  };
}
