/** Where to listen. */
export interface ListenAddress {
  readonly host: string;
  readonly port: number;
}

const DEFAULT = "127.0.0.1:3001";
const ADDRESS = /^(?<host>[\w.-]+|\[[\da-f:.]+\]):(?<port>\d{1,5})$/i;
const MAX_PORT = 65_535;

/** The address in AUTH_LISTEN_ADDRESS, with its former names AUTH_HOST and AUTH_PORT; undefined if invalid. */
export function readListenAddress(env: NodeJS.ProcessEnv): ListenAddress | undefined {
  const given = parse(env.AUTH_LISTEN_ADDRESS || DEFAULT);
  const former = formerAddress(env);
  if (given === undefined || former === undefined) return given;
  return parse(`${bracketed(former.host ?? given.host)}:${former.port ?? given.port}`);
}

/** The value of AUTH_LISTEN_ADDRESS that replaces the former names; undefined if none is set. */
export function replacementOfFormerAddress(env: NodeJS.ProcessEnv): string | undefined {
  const address = formerAddress(env) && readListenAddress(env);
  return address && `${bracketed(address.host)}:${address.port}`;
}

/** A Kubernetes Service or linked container named auth sets AUTH_PORT=tcp://10.0.0.1:3001, which is not for us. */
function formerAddress({ AUTH_HOST, AUTH_PORT }: NodeJS.ProcessEnv) {
  const host = AUTH_HOST || undefined;
  const port = AUTH_PORT?.includes("://") ? undefined : AUTH_PORT || undefined;
  return host === undefined && port === undefined ? undefined : { host, port };
}

function parse(text: string): ListenAddress | undefined {
  const { host, port } = ADDRESS.exec(text)?.groups ?? {};
  if (host === undefined || Number(port) > MAX_PORT) return undefined;
  return { host: host.replace(/^\[|\]$/g, ""), port: Number(port) };
}

const bracketed = (host: string) => (host.includes(":") ? `[${host}]` : host);
