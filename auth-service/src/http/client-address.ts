import { BlockList, isIP } from "node:net";

/** The meaning of `private`: loopback, RFC 1918, unique local (RFC 4193) and link-local addresses. */
const PRIVATE = [
  "127.0.0.0/8",
  "::1",
  "10.0.0.0/8",
  "172.16.0.0/12",
  "192.168.0.0/16",
  "fc00::/7",
  "169.254.0.0/16",
  "fe80::/10",
];

/**
 * Parse a list such as `private, 203.0.113.7, 2001:db8::/32`; undefined if an entry is invalid.
 *
 * @param text - addresses, ranges in CIDR notation, or the word `private`, separated by commas.
 */
export function parseAddresses(text: string): BlockList | undefined {
  const entries = text.split(",").map((entry) => entry.trim());
  const list = new BlockList();
  const isValid = entries
    .filter((entry) => entry !== "")
    .flatMap((entry) => (entry === "private" ? PRIVATE : entry))
    .every((entry) => add(list, entry));
  return isValid ? list : undefined;
}

function add(list: BlockList, entry: string): boolean {
  const [address = "", prefix, ...more] = entry.split("/");
  const version = isIP(address);
  const bits = version === 4 ? 32 : 128;
  const length = prefix === undefined ? bits : Number(prefix);
  if (version === 0 || more.length > 0 || !/^\d{1,3}$/.test(prefix ?? "0") || length > bits) return false;
  list.addSubnet(address, length, family(version));
  return true;
}

/**
 * The address of the client that sent a request.
 *
 * Each proxy appends its peer's address to X-Forwarded-For. So the list is read from its end, and only as far as trusted
 * proxies wrote it: clients can send the rest.
 *
 * @param peer - the other end of the connection.
 * @param forwardedFor - the header X-Forwarded-For, if there is one.
 * @param proxies - the trusted proxies.
 */
export function clientAddress(peer: string, forwardedFor: string | undefined, proxies: BlockList): string {
  let client = bareAddress(peer);
  for (const hop of (forwardedFor ?? "").split(",").reverse()) {
    const before = bareAddress(hop);
    if (!proxies.check(client, family(isIP(client))) || isIP(before) === 0) break;
    client = before;
  }
  return client;
}

/** Strip port, brackets, zone, and the `::ffff:` of IPv4-mapped addresses. */
function bareAddress(text: string): string {
  const [, inBrackets, v4WithPort] = text.trim().match(/^\[([^\]]+)\](?::\d+)?$|^([\d.]+):\d+$/) ?? [];
  const address = inBrackets ?? v4WithPort ?? text.trim();
  return address.replace(/%.*$/, "").replace(/^::ffff:(?=\d+\.)/i, "");
}

const family = (version: number) => (version === 6 ? "ipv6" : "ipv4");
