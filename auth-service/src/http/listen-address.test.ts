import { describe, expect, test } from "vitest";
import { readListenAddress, replacementOfFormerAddress } from "./listen-address.ts";

describe("readListenAddress", () => {
  test.for([
    [{}, "127.0.0.1", 3001],
    [{ AUTH_LISTEN_ADDRESS: "" }, "127.0.0.1", 3001],
    [{ AUTH_LISTEN_ADDRESS: "0.0.0.0:80" }, "0.0.0.0", 80],
    [{ AUTH_LISTEN_ADDRESS: "[::]:0" }, "::", 0],
    [{ AUTH_LISTEN_ADDRESS: "auth-service.internal:3001" }, "auth-service.internal", 3001],
  ] as const)("reads %o", ([env, host, port]) => {
    expect(readListenAddress(env)).toEqual({ host, port });
    expect(replacementOfFormerAddress(env)).toBeUndefined();
  });

  test.for([
    [{ AUTH_PORT: "4000" }, "0.0.0.0:4000"],
    [{ AUTH_HOST: "127.0.0.1" }, "127.0.0.1:3001"],
    [{ AUTH_HOST: "::", AUTH_PORT: "4000" }, "[::]:4000"],
  ] as const)("still reads its former names: %o", ([env, address]) => {
    expect(replacementOfFormerAddress({ AUTH_LISTEN_ADDRESS: "0.0.0.0:3001", ...env })).toBe(address);
  });

  test.for(["tcp://10.0.0.1:3001", "udp://[fd00::1]:53"])("ignores %s of a Service named auth", (AUTH_PORT) => {
    const env = { AUTH_PORT, AUTH_SERVICE_HOST: "10.0.0.1", AUTH_SERVICE_PORT: "3001" };

    expect(readListenAddress(env)).toEqual({ host: "127.0.0.1", port: 3001 });
    expect(replacementOfFormerAddress(env)).toBeUndefined();
  });

  test.for(["http", "-1", "1.5", "65536"])("refuses AUTH_PORT=%s", (AUTH_PORT) => {
    expect(readListenAddress({ AUTH_PORT })).toBeUndefined();
  });
});
