import { describe, expect, it, vi } from "vitest";
import source from "../service-worker.js?raw";

const ASSET = "/assets/index-1.js";
const DOCUMENT = `<script type="module" src="${ASSET}"></script>`;

type Listener = (event: Record<string, unknown>) => void;

/** A browser with this worker, and a server that answers with `serve`. */
function browser(serve: (path: string) => Promise<Response>) {
  const stored = new Map<string, Map<string, Response>>([["pages-old", new Map()]]);
  const cacheOf = (name: string) => {
    const cache = stored.get(name) ?? new Map<string, Response>();
    stored.set(name, cache);
    return cache;
  };
  const caches = {
    open: async (name: string) => ({
      addAll: async (paths: string[]) => {
        for (const path of paths) cacheOf(name).set(path, await serve(path));
      },
      put: async (path: string, response: Response) => void cacheOf(name).set(path, response),
    }),
    match: async (path: string, { cacheName }: { cacheName: string }) => stored.get(cacheName)?.get(path)?.clone(),
    keys: async () => [...stored.keys()],
    delete: async (name: string) => stored.delete(name),
  };
  const listeners = new Map<string, Listener>();
  const fetch = vi.fn((target: string | Request) =>
    serve(typeof target === "string" ? target : new URL(target.url).pathname),
  );
  const run = new Function("VERSION", "FILES", "addEventListener", "caches", "fetch", source);
  run("new", [ASSET], (type: string, listener: Listener) => listeners.set(type, listener), caches, fetch);

  /** Sends an event, and returns what the worker does about it. */
  async function send(type: string, request?: { path: string; mode?: string }): Promise<string | undefined> {
    let outcome: Promise<Response> | undefined;
    const take = (promise: Promise<Response>) => {
      outcome = promise;
    };
    const url = `http://localhost:3000${request?.path}`;
    listeners.get(type)?.({
      request: { method: "GET", mode: "cors", ...request, url },
      waitUntil: take,
      respondWith: take,
    });
    return (await outcome)?.text();
  }
  return { send, stored };
}

const page = { path: "/c/1", mode: "navigate" };
const online = async (path: string) => new Response(path === ASSET ? "code" : DOCUMENT);

/** A browser that has installed the worker. Afterwards, the server answers with `serve`. */
async function installed(serve: (path: string) => Promise<Response>) {
  let current = online;
  const opened = browser((path) => current(path));
  await opened.send("install");
  await opened.send("activate");
  current = serve;
  return opened;
}

describe("the service worker", () => {
  it("stores one release, and removes the others", async () => {
    const { stored } = await installed(online);
    expect([...stored].map(([name, files]) => [name, [...files.keys()]])).toEqual([["pages-new", [ASSET, "/"]]]);
  });

  it("isn't installed with the document of another release", async () => {
    const { send } = browser(async () => new Response(DOCUMENT.replace("index-1", "index-2")));
    await expect(send("install")).rejects.toThrow("another release");
  });

  it("shows the server's document, so that a release or a rollback shows at once", async () => {
    const { send } = await installed(async () => new Response("another release"));
    expect(await send("fetch", page)).toBe("another release");
  });

  it("shows the stored document when the server can't be reached", async () => {
    const unreachable = await installed(() => Promise.reject(new TypeError("Failed to fetch")));
    expect(await unreachable.send("fetch", page)).toBe(DOCUMENT);
    expect(await unreachable.send("fetch", { path: ASSET })).toBe("code");
    const down = await installed(async () => new Response("Bad gateway", { status: 502 }));
    expect(await down.send("fetch", page)).toBe(DOCUMENT);
  });

  it.each(["/api/health", "/api/docs", "/assets/index-2.js"])("leaves %s to the server", async (path) => {
    const { send } = await installed(online);
    expect(await send("fetch", { path, mode: path === "/api/docs" ? "navigate" : "cors" })).toBeUndefined();
  });
});
