import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import type { AddressInfo } from "node:net";
import { createServer } from "node:net";
import { createInterface } from "node:readline";
import { expect } from "@playwright/test";

/** WebDriver's name for the id of an element. */
const ELEMENT = "element-6066-11e4-a52e-4f735466cecf";
const STARTS_WITHIN_MS = 20_000;

/** WebKitGTK, driven by WebDriver. Selectors are CSS; whatever waits fails the test if it takes too long. */
export interface Browser {
  open(url: string): Promise<void>;
  reload(): Promise<void>;
  resize(width: number, height: number): Promise<void>;
  /** Waits for the element, then clicks in its middle. */
  click(selector: string): Promise<void>;
  /** Types into the element. */
  type(selector: string, keys: string): Promise<void>;
  /** Runs the body of a function in the page; returns its result. */
  run<Result>(body: string, ...args: unknown[]): Promise<Result>;
  /** Waits until the texts of all matching elements are these. */
  expectTexts(selector: string, texts: (string | RegExp)[]): Promise<void>;
  /** A PNG of the window. */
  screenshot(): Promise<Buffer>;
  close(): Promise<void>;
}

export const ENTER = "\uE007";

export async function startWebKit(): Promise<Browser> {
  const screen = spawn("Xvfb", ["-displayfd", "1", "-screen", "0", "1400x1000x24", "-nolisten", "tcp"], {
    stdio: ["ignore", "pipe", "ignore"],
  });
  const display = `:${await firstLine(screen)}`;
  const port = await freePort();
  const driver = spawn("WebKitWebDriver", ["--host=127.0.0.1", `--port=${port}`], {
    stdio: "ignore",
    env: { ...process.env, DISPLAY: display, LANG: "C.UTF-8", GDK_BACKEND: "x11" },
  });
  const stop = async () => {
    await end(driver);
    await end(screen);
  };
  try {
    return await openSession(`http://127.0.0.1:${port}`, stop);
  } catch (error) {
    await stop();
    throw error;
  }
}

async function openSession(server: string, stop: () => Promise<void>): Promise<Browser> {
  await expect
    .poll(
      () =>
        fetch(`${server}/status`).then(
          ({ ok }) => ok,
          () => false,
        ),
      { timeout: STARTS_WITHIN_MS },
    )
    .toBe(true);
  const { sessionId } = await send<{ sessionId: string }>(`${server}/session`, "POST", {
    capabilities: { alwaysMatch: { browserName: "MiniBrowser", pageLoadStrategy: "normal" } },
  });
  const session = `${server}/session/${sessionId}`;
  const post = <Value>(path: string, body: object = {}) => send<Value>(`${session}${path}`, "POST", body);

  async function find(selector: string): Promise<string> {
    let found: Record<string, string>[] = [];
    await expect
      .poll(async () => {
        found = await post<typeof found>("/elements", { using: "css selector", value: selector });
        return found.length;
      }, selector)
      .toBeGreaterThan(0);
    return `/element/${found[0]?.[ELEMENT]}`;
  }

  const run = <Result>(script: string, ...args: unknown[]) => post<Result>("/execute/sync", { script, args });

  return {
    open: (url) => post("/url", { url }),
    reload: () => post("/refresh"),
    resize: (width, height) => post("/window/rect", { width, height }),
    click: (selector) => expect(async () => post(`${await find(selector)}/click`)).toPass(),
    type: async (selector, text) => post(`${await find(selector)}/value`, { text }),
    run,
    expectTexts: async (selector, texts) => {
      const read = "return [...document.querySelectorAll(arguments[0])].map((element) => element.innerText.trim())";
      const expected = texts.map((text) => (text instanceof RegExp ? expect.stringMatching(text) : text));
      await expect.poll(() => run(read, selector), selector).toEqual(expected);
    },
    screenshot: async () => Buffer.from(await send<string>(`${session}/screenshot`, "GET"), "base64"),
    close: async () => {
      await send(session, "DELETE");
      await stop();
    },
  };
}

/** @throws Error with what WebDriver says. */
async function send<Value>(url: string, method: string, body?: object): Promise<Value> {
  const response = await fetch(url, { method, ...(body && { body: JSON.stringify(body) }) });
  const { value } = (await response.json()) as { value: Value & { error?: string; message?: string } };
  if (!response.ok) throw new Error(`${method} ${url}: ${value.error}: ${value.message}`);
  return value;
}

async function firstLine(child: ChildProcess): Promise<string> {
  if (child.stdout) for await (const line of createInterface(child.stdout)) return line;
  throw new Error(`${child.spawnfile} did not start`);
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, "close");
  return port;
}

async function end(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const ended = once(child, "exit");
  child.kill();
  await ended;
}
