import { gzipSync } from "node:zlib";
import type { Page, Request, Response } from "@playwright/test";
import { ask, messageBox, newPerson, replies, say, signOut, signUp } from "../people.ts";
import { expect, test } from "../test.ts";

/** The limits for all that the browser loads, gzipped. `npm run weigh -w web` shows what weighs. */
const LIMITS_KB = { "sign-in": 110, "new chat": 200, "chat with a reply": 250 } as const;

/** Counts the bytes of everything but the services' responses from now on. */
function weighFrom(page: Page) {
  const responses = new Map<string, Response>(); // by URL, since a second one comes from the cache
  page.on("response", (response) => {
    const { href, pathname } = new URL(response.url());
    if (!pathname.startsWith("/api/") && !responses.has(href)) responses.set(href, response);
  });
  return async (name: keyof typeof LIMITS_KB): Promise<void> => {
    const files = [...responses.values()].map(async (response) => {
      const weight = gzipSync(await response.body()).length / 1000;
      return { weight, words: `${weight.toFixed(1)} ${new URL(response.url()).pathname}` };
    });
    const weighed = await Promise.all(files);
    const total = weighed.reduce((sum, { weight }) => sum + weight, 0);
    const summary = `${name}: ${total.toFixed(1)} of ${LIMITS_KB[name]} kB: ${weighed.map(({ words }) => words).join(", ")}`;
    process.stdout.write(`${summary}\n`);
    expect(weighed.length, summary).toBeGreaterThan(2);
    expect(total, summary).toBeLessThanOrEqual(LIMITS_KB[name]);
  };
}

test("sign-in is light", async ({ page }) => {
  const weigh = weighFrom(page);
  await page.goto("/sign-in");
  await expect(page.getByRole("heading", { name: "Welcome back" })).toBeVisible();
  await page.waitForLoadState("networkidle");
  await weigh("sign-in");
});

test("the chat is light", async ({ page }) => {
  await signUp(page, newPerson("Ada"));
  const browser = await page.context().newCDPSession(page);
  await browser.send("Network.setCacheDisabled", { cacheDisabled: true });
  const weigh = weighFrom(page);
  await page.reload();
  await expect(messageBox(page)).toBeVisible();
  await page.waitForLoadState("networkidle");
  await weigh("new chat");
  await ask(page, "add milk");
  await page.waitForLoadState("networkidle");
  await weigh("chat with a reply");
});

test("signed-in users' code is asked for without waiting for the page's, and the logo shows meanwhile", async ({
  page,
}) => {
  await signUp(page, newPerson("Ada"));
  const isEntry = /\/assets\/index-.*\.js/;
  const entry = Promise.withResolvers<void>();
  await page.route(isEntry, async (route) => {
    await entry.promise;
    await route.continue();
  });
  const code = page.waitForResponse(/\/assets\/pages-.*\.js/);
  await page.reload({ waitUntil: "commit" });
  await code;
  await expect(page.locator("#root img")).toBeVisible();
  entry.resolve();
  await expect(messageBox(page)).toBeVisible();
});

test("the code for signed-in users is not loaded to sign in", async ({ page }) => {
  const asked: string[] = [];
  page.on("request", (request: Request) => asked.push(new URL(request.url()).pathname));
  await page.goto("/sign-in");
  await expect(page.getByRole("heading", { name: "Welcome back" })).toBeVisible();
  await page.waitForLoadState("networkidle");
  expect(asked.filter((path) => path.includes("/pages-"))).toEqual([]);
});

test("session and token are on their way before the larger part of the code is there", async ({ page }) => {
  await signUp(page, newPerson("Ada"));
  const isCode = /\/assets\/pages-.*\.js/;
  const asked: string[] = [];
  page.on("request", (request: Request) => asked.push(new URL(request.url()).pathname));
  const code = Promise.withResolvers<void>();
  await page.route(isCode, async (route) => {
    await code.promise;
    await route.continue();
  });

  const token = page.waitForResponse("**/api/auth/token");
  await page.reload({ waitUntil: "commit" });
  await token;
  await expect.poll(() => asked.some((path) => isCode.test(path))).toBe(true);
  expect(asked.filter((path) => path.startsWith("/api/"))).toEqual(["/api/auth/get-session", "/api/auth/token"]);

  code.resolve();
  await expect(messageBox(page)).toBeVisible();
  expect(asked.filter((path) => path === "/api/auth/token")).toHaveLength(1);
});

test("a reply is readable while the code that formats it is missing", async ({ page }) => {
  await signUp(page, newPerson("Ada"));
  await page.route(/\/assets\/Markdown-.*\.js/, (route) => route.abort());
  await say(page, "add milk and eggs");
  await expect(replies(page).getByRole("paragraph")).toHaveText("Added **milk** and **eggs**.");
});

/** The dialog for a page that misses code or styles. */
const notLoaded = (page: Page) => page.getByRole("dialog", { name: "Taskchat couldn't be loaded" });

for (const [name, files] of [
  ["code", "**/assets/index-*.js"],
  ["styles", "**/assets/*.css"],
] as const)
  test(`a page whose ${name} couldn't be loaded says so, and opens once the connection is back`, async ({ page }) => {
    await page.route(files, (route) => route.abort());
    await page.goto("/sign-in");
    await expect(notLoaded(page)).toBeVisible();

    const again = page.waitForRequest(files);
    await notLoaded(page).getByRole("button", { name: "Reload" }).click();
    await again;
    await expect(notLoaded(page)).toBeVisible();

    await page.unroute(files);
    await page.context().setOffline(true);
    await page.context().setOffline(false);
    await expect(page.getByRole("heading", { name: "Welcome back" })).toBeVisible();
    await expect(notLoaded(page)).toBeHidden();
  });

test("files that others add to the page may be missing", async ({ page }) => {
  const foreign = ["/added/fonts.css", "/added/beacon.js"] as const; // The page's policy allows these.
  await page.goto("/sign-in");
  await expect(page.getByRole("heading", { name: "Welcome back" })).toBeVisible();
  await page.evaluate(async ([styles, code]) => {
    const failed = (element: HTMLElement) => new Promise((resolve) => element.addEventListener("error", resolve));
    const link = Object.assign(document.createElement("link"), { rel: "stylesheet", href: styles });
    const script = Object.assign(document.createElement("script"), { src: code });
    const all = [link, script].map(failed);
    document.head.append(link, script);
    await Promise.all(all);
  }, foreign);
  await expect(notLoaded(page)).toBeHidden();
  await expect(page.getByRole("heading", { name: "Welcome back" })).toBeVisible();
});

test("code that is missing after signing in can be loaded again", async ({ page }) => {
  const ada = newPerson("Ada");
  await signUp(page, ada);
  await signOut(page);
  const files = "**/assets/pages-*.js";
  await page.route(files, (route) => route.abort());
  await page.reload(); // So far the browser has the code.
  await page.getByRole("textbox", { name: "Email" }).fill(ada.email);
  await page.getByRole("textbox", { name: "Password" }).fill(ada.password);
  await page.getByRole("button", { name: "Sign in" }).click();
  await expect(notLoaded(page)).toBeVisible();
  await expect(page).toHaveURL("/");
  await expect(page.locator("#root [role=alert]")).toHaveCount(0);
  await page.unroute(files);
  await notLoaded(page).getByRole("button", { name: "Reload" }).click();
  await expect(messageBox(page)).toBeVisible();
});
