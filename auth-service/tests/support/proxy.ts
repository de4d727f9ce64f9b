import { once } from "node:events";
import { type AddressInfo, connect, createServer, type Socket } from "node:net";

/** A TCP proxy that a test can cut and restore. */
export interface Proxy {
  /** The URL to reach a server through the proxy. */
  through(url: string): string;
  /** Closes every connection and rejects new ones. */
  cut(): void;
  /** Keeps connections open without forwarding anything. */
  freeze(): void;
  /** Forwards new connections again, to the server of this URL. */
  restore(url: string): void;
  close(): Promise<void>;
}

export async function startProxy(url: string): Promise<Proxy> {
  let target: string | undefined = url;
  const pairs = new Set<readonly [Socket, Socket]>();
  const server = createServer((client) => {
    client.on("error", () => {});
    if (target === undefined) return client.resetAndDestroy();
    const { hostname, port } = new URL(target);
    const upstream = connect(Number(port), hostname);
    upstream.on("error", () => {});
    const pair = [client, upstream] as const;
    pairs.add(pair);
    client.pipe(upstream).pipe(client);
    for (const socket of pair) socket.on("close", () => pairs.delete(pair) && pair.map((end) => end.destroy()));
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const cut = () => {
    target = undefined;
    for (const [client, upstream] of pairs) client.resetAndDestroy() && upstream.destroy();
  };
  return {
    through: (direct) => {
      const address = new URL(direct);
      address.host = `127.0.0.1:${(server.address() as AddressInfo).port}`;
      return address.href;
    },
    cut,
    freeze: () => {
      for (const [client, upstream] of pairs) client.unpipe() && upstream.unpipe();
    },
    restore: (other) => {
      target = other;
    },
    close: async () => {
      cut();
      server.close();
      await once(server, "close");
    },
  };
}
