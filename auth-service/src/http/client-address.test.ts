import { BlockList } from "node:net";
import { describe, expect, test } from "vitest";
import { clientAddress, parseAddresses } from "./client-address.ts";

const parsed = (text: string) => parseAddresses(text) ?? new BlockList();

describe("a list of addresses", () => {
  test.for([
    ["private", "127.0.0.1", true],
    ["private", "::1", true],
    ["private", "172.31.0.1", true],
    ["private", "172.32.0.1", false],
    ["private", "192.168.1.1", true],
    ["private", "169.254.1.1", true],
    ["private", "fd00::1", true],
    ["private", "fe80::1", true],
    ["private", "2001:db8::1", false],
    ["private", "203.0.113.7", false],
    ["203.0.113.7", "203.0.113.7", true],
    ["203.0.113.7", "203.0.113.8", false],
    ["203.0.113.0/24 , private", "203.0.113.8", true],
    ["203.0.113.0/24,private", "10.0.0.1", true],
    ["2001:db8::/32", "2001:db8:1::1", true],
    ["2001:db8::/32", "2001:db9::1", false],
    ["", "127.0.0.1", false],
  ] as const)("%s has %s: %s", ([text, address, isIn]) => {
    expect(parsed(text).check(address, address.includes(":") ? "ipv6" : "ipv4")).toBe(isIn);
  });

  test.for(["gateway", "10.0.0.0/33", "10.0.0.0/-1", "10.0.0.0/8/8", "10.0.0", "::1/129", "10.0.0.0/", "Private", "*"])(
    "cannot be %s",
    (text) => {
      expect(parseAddresses(text)).toBeUndefined();
    },
  );
});

describe("the address of a client", () => {
  test.for([
    // Not behind a trusted proxy: what it says of itself counts for nothing.
    ["203.0.113.7", "198.51.100.1", "", "203.0.113.7"],
    ["203.0.113.7", "198.51.100.1", "private", "203.0.113.7"],
    ["203.0.113.7", undefined, "private", "203.0.113.7"],
    // Behind one, behind two.
    ["10.0.0.1", "203.0.113.7", "private", "203.0.113.7"],
    ["10.0.0.1", "203.0.113.7, 10.0.0.2", "private", "203.0.113.7"],
    ["10.0.0.1", "203.0.113.7, 198.51.100.9", "private, 198.51.100.0/24", "203.0.113.7"],
    // Entries before the first proxy's come from the client, and may be forged.
    ["10.0.0.1", "192.0.2.66, 203.0.113.7", "private", "203.0.113.7"],
    ["10.0.0.1", "127.0.0.1, 203.0.113.7", "private", "203.0.113.7"],
    // Trusted all the way: the first of them.
    ["10.0.0.1", "192.168.0.9, 10.0.0.2", "private", "192.168.0.9"],
    // No address: the one who passed it on.
    ["10.0.0.1", "unknown", "private", "10.0.0.1"],
    ["10.0.0.1", "203.0.113.7, unknown, 10.0.0.2", "private", "10.0.0.2"],
    ["10.0.0.1", "", "private", "10.0.0.1"],
    ["10.0.0.1", undefined, "private", "10.0.0.1"],
    // The ways in which addresses are written.
    ["::ffff:10.0.0.1", "203.0.113.7:4711", "private", "203.0.113.7"],
    ["fe80::1%eth0", "[2001:db8::7]:4711", "private", "2001:db8::7"],
    ["::1", "2001:db8::7", "private", "2001:db8::7"],
    ["::ffff:203.0.113.7", undefined, "", "203.0.113.7"],
  ] as const)("from %s with %s, trusting %s, is %s", ([peer, forwardedFor, proxies, address]) => {
    expect(clientAddress(peer, forwardedFor, parsed(proxies))).toBe(address);
  });
});
