import { newPerson } from "../people.ts";
import type { Stack } from "../stack.ts";
import { test as base, expect } from "../test.ts";
import { type Browser, ENTER, startWebKit } from "./browser.ts";

const test = base.extend<{ webkit: Browser }>({
  // biome-ignore lint/correctness/noEmptyPattern: Playwright reads the names of the fixtures that it needs.
  webkit: async ({}, use, testInfo) => {
    const browser = await startWebKit();
    await use(browser);
    if (testInfo.status !== testInfo.expectedStatus) {
      await testInfo.attach("screenshot", { body: await browser.screenshot(), contentType: "image/png" });
    }
    await browser.close();
  },
});

test.slow(); // Each starts a browser.

const MESSAGE = "textarea[aria-label=Message]";
const SENT = "[aria-label=You]";
const REPLIES = "[aria-label=Assistant] .markdown";
const OPEN_TASKS = "[aria-label='Open tasks'] > li";

/** Creates an account and opens a new chat. */
async function signUp(webkit: Browser, { url }: Stack): Promise<void> {
  await webkit.open(`${url}/sign-in`);
  const body = JSON.stringify(newPerson("Ada"));
  const init = { method: "POST", body, headers: { "content-type": "application/json" } };
  expect(await webkit.run("return fetch('/api/auth/sign-up/email', arguments[0]).then(({ ok }) => ok)", init)).toBe(
    true,
  );
  await webkit.open(url);
}

test("sign-up by the form, a chat, and a reload", async ({ webkit, stack }) => {
  const ada = newPerson("Ada");
  await webkit.open(`${stack.url}/sign-up`);
  await webkit.type("input[name=name]", ada.name);
  await webkit.type("input[name=email]", ada.email);
  await webkit.type("input[name=newPassword]", ada.password);
  await webkit.click("button[type=submit]");
  await webkit.expectTexts("h1", ["New chat"]);
  await webkit.type(MESSAGE, `add milk, eggs and bread${ENTER}`);
  await webkit.expectTexts(REPLIES, [/Added milk, eggs and bread/]);
  await webkit.expectTexts(OPEN_TASKS, ["milk", "eggs", "bread"]);

  await webkit.reload();
  await webkit.expectTexts(SENT, ["add milk, eggs and bread"]);
  await webkit.expectTexts(REPLIES, [/Added milk, eggs and bread/]);
});

test("the Enter that ends a composition sends nothing", async ({ webkit, stack }) => {
  await signUp(webkit, stack);
  await webkit.type(MESSAGE, "牛乳");
  // WebDriver can't compose. WebKit ends the composition first and then reports the key, with this code.
  const keyCode = await webkit.run(
    `const box = document.querySelector(arguments[0]);
    box.dispatchEvent(new CompositionEvent("compositionstart", { bubbles: true }));
    box.dispatchEvent(new CompositionEvent("compositionend", { bubbles: true, data: "牛乳" }));
    const enter = new KeyboardEvent("keydown", { key: "Enter", keyCode: 229, bubbles: true, cancelable: true });
    box.dispatchEvent(enter);
    return enter.keyCode;`,
    MESSAGE,
  );
  expect(keyCode).toBe(229);
  expect(await webkit.run("return document.querySelector(arguments[0]).value", MESSAGE)).toBe("牛乳");
  await webkit.expectTexts(SENT, []);

  await webkit.type(MESSAGE, ENTER);
  await webkit.expectTexts(SENT, ["牛乳"]);
});

test("in a window like a phone's, both panels are drawers", async ({ webkit, stack }) => {
  await webkit.resize(390, 844); // The toolbar keeps it a little wider.
  await signUp(webkit, stack);
  expect(await webkit.run<number>("return innerWidth")).toBeLessThan(480);
  await webkit.type(MESSAGE, `add milk and eggs${ENTER}`);
  await webkit.expectTexts(REPLIES, [/Added milk and eggs/]);

  await webkit.click("[aria-label='Show tasks']");
  await webkit.click("input[type=checkbox][aria-label=milk]");
  await webkit.click("input[aria-label='Add a task']"); // The row stays while the pointer is over it.
  await webkit.expectTexts(OPEN_TASKS, ["eggs"]);
  await webkit.click("[role=dialog] [aria-label=Close]");
  await webkit.expectTexts("[role=dialog]", []);

  await webkit.click("[aria-label='Show conversations']");
  await webkit.click("[role=dialog] a[href='/']");
  await webkit.expectTexts("[role=dialog]", []);
  await webkit.expectTexts("h1", ["New chat"]);
  expect(await webkit.run("return document.documentElement.scrollWidth - innerWidth")).toBe(0);
});
