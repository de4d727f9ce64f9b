import AxeBuilder from "@axe-core/playwright";
import { devices, type Page } from "@playwright/test";
import { ask, messageBox, newPerson, replies, say, sent, signUp } from "../people.ts";
import { expect, test } from "../test.ts";

const LONG = Array.from({ length: 80 }, (_, line) => `Line ${line + 1}.`).join("\n\n");

const line = (page: Page, number: number) => replies(page).last().getByText(`Line ${number}.`, { exact: true });

const conversation = (page: Page) => page.getByRole("region", { name: "Conversation" });

test("a long reply is shown from its beginning, and a button leads to its end", async ({ page, model }) => {
  await model?.script({ text: LONG }, { text: LONG });
  await signUp(page, newPerson("Ada"));
  await say(page, "tell me everything");

  await expect(line(page, 1)).toBeInViewport();
  await expect(line(page, 80)).not.toBeInViewport();
  await page.getByRole("button", { name: "Go to the end" }).click();
  await expect(line(page, 80)).toBeInViewport();
  await expect(page.getByRole("button", { name: "Go to the end" })).toHaveCount(0);

  await say(page, "and again");
  await expect(replies(page)).toHaveCount(2);
  await expect(line(page, 1)).toBeInViewport();
  await page.reload();
  await expect(line(page, 80)).toBeInViewport();
});

test("a reply is shown also if there is a numbered list further up", async ({ page, model }) => {
  await model?.script({ text: "1. milk\n2. eggs" }, { text: LONG }, { text: "It is short." });
  await signUp(page, newPerson("Ada"));
  await ask(page, "list my tasks");
  await ask(page, "tell me everything");

  await ask(page, "and now?");
  await expect(replies(page).last().getByText("It is short.")).toBeInViewport();
});

test("a reply that comes while one reads further up is announced by a button", async ({ page, model }) => {
  await model?.script({ text: LONG });
  await signUp(page, newPerson("Ada"));
  await ask(page, "tell me everything");
  await model?.script({ text: "It is short." });
  await messageBox(page).fill("and now?");
  await page.route("**/chat", async (route) => {
    await conversation(page).evaluate((element) => element.scrollTo(0, 0));
    await expect(line(page, 1)).toBeInViewport();
    await route.continue();
  });
  await page.keyboard.press("Enter");

  await page.getByRole("button", { name: "New reply" }).click();
  await expect(replies(page).last().getByText("It is short.")).toBeInViewport();
});

const FORMATTED = `### Plan

##### Details

5~7 apples, 10~12 pears
second line

- مرحبا بالعالم

99. ninety-nine
100. مئة

\`\`\`
make dev
\`\`\`

A claim.[^1]

[^1]: Its source.`;

test("formatting is shown as it was meant", async ({ page, context, model }) => {
  await context.grantPermissions(["clipboard-read", "clipboard-write"]);
  await model?.script({ text: FORMATTED });
  await signUp(page, newPerson("Ada"));
  await ask(page, "שלום");
  const reply = replies(page).last();

  await expect(reply.getByText("5~7 apples, 10~12 pears")).toBeVisible();
  await expect(reply.locator("del")).toHaveCount(0);
  await expect(reply.locator("p br")).toHaveCount(1);
  await expect(reply.getByRole("listitem").first()).toHaveCSS("direction", "rtl");
  await expect(reply.getByRole("listitem").filter({ hasText: "مئة" })).toHaveCSS("direction", "ltr");
  await expect(sent(page).getByText("שלום")).toHaveCSS("direction", "rtl");
  await expect(reply.getByRole("heading", { name: "Plan", level: 2 })).toBeVisible();
  await expect(reply.getByRole("heading", { name: "Details", level: 3 })).toBeVisible();
  await expect(reply.locator("pre code")).toHaveCSS("font-size", "13px");
  await reply.getByRole("button", { name: "Copy code" }).click();
  await expect(reply.getByRole("button", { name: "Copied" })).toBeVisible();
  expect(await page.evaluate(() => navigator.clipboard.readText())).toBe("make dev\n");
  await reply.getByRole("button", { name: "Copy reply" }).click();
  await expect(reply.getByRole("button", { name: "Copied" })).toBeVisible();
  expect(await page.evaluate(() => navigator.clipboard.readText())).toBe(FORMATTED);
  const url = page.url();
  await reply.getByRole("link", { name: "1", exact: true }).click();
  expect(page.url().startsWith(`${url}#`)).toBe(true);
  expect(context.pages()).toHaveLength(1);
  await expect(page.getByRole("status", { name: "New reply" })).not.toContainText("#");
  const { violations } = await new AxeBuilder({ page }).analyze();
  expect(violations.map(({ id, nodes }) => [id, nodes.map(({ html }) => html)])).toEqual([]);
});

const fence = (language: string, code: string) => `\`\`\`${language}\n${code}\n\`\`\``;

test("code is coloured if its language is known and it is short, and stays the same text", async ({
  page,
  context,
  model,
}) => {
  await context.grantPermissions(["clipboard-read", "clipboard-write"]);
  const code = "const milk = '<b>2</b>'; // litres";
  const long = "const x = 1;\n".repeat(1_000);
  await model?.script({ text: [fence("js", code), fence("nolang", code), fence("js", long), "The end."].join("\n\n") });
  await signUp(page, newPerson("Ada"));
  await ask(page, "show me");
  const blocks = replies(page).last().locator("pre");

  await expect(blocks.nth(0).locator(".hljs-keyword")).toHaveText(["const"]);
  await expect(blocks).toContainText([code, code, "const x"]);
  for (const plain of [1, 2]) await expect(blocks.nth(plain).locator("span")).toHaveCount(0);
  await replies(page).last().getByRole("button", { name: "Copy code" }).first().click();
  await expect(page.getByRole("button", { name: "Copied" })).toBeVisible();
  expect(await page.evaluate(() => navigator.clipboard.readText())).toBe(`${code}\n`);
  await sent(page).getByRole("button", { name: "Copy message" }).click();
  await expect(sent(page).getByRole("button", { name: "Copied" })).toBeVisible();
  expect(await page.evaluate(() => navigator.clipboard.readText())).toBe("show me");
  for (const colorScheme of ["light", "dark"] as const) {
    await page.emulateMedia({ colorScheme, reducedMotion: "reduce" }); // or colours may still be changing
    const { violations } = await new AxeBuilder({ page }).withRules("color-contrast").analyze();
    expect(violations.map(({ id, nodes }) => [id, nodes.map(({ html }) => html)])).toEqual([]);
  }
});

test("the Enter that confirms an input method's word sends nothing, also in Safari", async ({ page, model }) => {
  await model?.script({ text: "はい" });
  await signUp(page, newPerson("Ada"));
  await messageBox(page).fill("牛乳");

  for (const init of [{ isComposing: true }, { keyCode: 229 }]) {
    await messageBox(page).dispatchEvent("keydown", { key: "Enter", ...init });
  }
  await expect(messageBox(page)).toHaveValue("牛乳");
  await expect(sent(page)).toHaveCount(0);

  await page.keyboard.press("Enter");
  await expect(sent(page)).toHaveText(["牛乳"]);
});

test.describe("on a phone", () => {
  const { defaultBrowserType, ...iPhone } = devices["iPhone 15"];
  test.use(iPhone);

  test("Enter starts a new line, the button sends, and no field is zoomed into", async ({ page, model }) => {
    await model?.script({ text: "Noted." });
    await signUp(page, newPerson("Ada"));
    await expect(messageBox(page)).toHaveAttribute("enterkeyhint", "enter");
    await messageBox(page).fill("milk");
    await messageBox(page).press("Enter");
    await page.keyboard.type("eggs");
    await expect(messageBox(page)).toHaveValue("milk\neggs");
    await page.getByRole("button", { name: "Send" }).tap();
    await expect(sent(page)).toHaveText(["milk\neggs"]);
    await page.getByRole("button", { name: "Show tasks" }).tap();
    await expect(page.getByRole("textbox", { name: "Add a task" })).toBeVisible();
    const sizes = await page
      .locator("input:not([type=checkbox]), textarea")
      .evaluateAll((fields) => fields.map((field) => Number.parseFloat(getComputedStyle(field).fontSize)));
    expect(Math.min(...sizes)).toBeGreaterThanOrEqual(16);
  });
});
