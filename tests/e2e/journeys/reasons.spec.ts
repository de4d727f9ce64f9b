import type { Page } from "@playwright/test";
import { ask, fillSignUp, messageBox, newPerson, openAccount, replies, say, sent, signUp } from "../people.ts";
import { expect, test } from "../test.ts";

test.use({ settings: { TURNS_PER_MINUTE: "2" } });

/** Holds matching requests until the returned function is called. */
async function hold(page: Page, url: RegExp): Promise<() => void> {
  const { promise, resolve } = Promise.withResolvers<void>();
  await page.route(url, (route) => promise.then(() => route.continue()));
  return resolve;
}

test("a limit says how long to wait, and counts down", async ({ page }) => {
  await signUp(page, newPerson("Ada"));
  await ask(page, "add milk");
  await ask(page, "add eggs");
  await say(page, "add bread");
  const alert = page.getByRole("alert");
  await expect(alert).toContainText(/Too many requests\. Try again in \d+ seconds?\./);
  const seconds = async () => Number((await alert.textContent())?.match(/in (\d+) second/)?.[1]);
  const first = await seconds();
  await expect.poll(seconds).toBeLessThan(first);
});

test("an account deleted in one tab is gone in the others, and they say so", async ({ page, context }) => {
  const ada = newPerson("Ada");
  await signUp(page, ada);
  const tab = await context.newPage();
  await tab.goto("/");
  await expect(messageBox(tab)).toBeVisible();
  await openAccount(page);
  await page.getByRole("button", { name: "Delete account…" }).click();
  await page.getByRole("textbox", { name: "Your password" }).fill(ada.password);
  await page.getByRole("dialog").getByRole("button", { name: "Delete account" }).click();
  await expect(page.getByText("Your account has been deleted.")).toBeVisible();
  await expect(tab.getByText("Your account was deleted in another tab.")).toBeVisible();
});

test("a session that ended elsewhere is explained, and a link that needs one too", async ({ page, context }) => {
  await signUp(page, newPerson("Ada"));
  await context.clearCookies();
  await page.evaluate(() => document.dispatchEvent(new Event("visibilitychange", { bubbles: true }))); // The tab is shown again.
  await expect(page.getByText("You've been signed out.")).toBeVisible();
  await expect(page.getByRole("textbox", { name: "Email" })).toBeFocused();

  await page.goto("/account");
  await expect(page.getByText("Sign in to open this page.")).toBeVisible();
});

test("a double click creates one account, and a running action keeps the focus", async ({ page }) => {
  const posted: string[] = [];
  page.on("request", (request) => void (request.method() === "POST" && posted.push(new URL(request.url()).pathname)));
  await page.goto("/sign-up");
  const ada = newPerson("Ada");
  await page.getByRole("textbox", { name: "Name" }).fill(ada.name);
  await page.getByRole("textbox", { name: "Email" }).fill(ada.email);
  await page.getByRole("textbox", { name: "Password" }).fill(ada.password);
  await page.getByRole("button", { name: "Create account" }).dblclick();
  await expect(messageBox(page)).toBeVisible();
  expect(posted.filter((path) => path.endsWith("/sign-up/email"))).toHaveLength(1);

  await openAccount(page);
  const release = await hold(page, /update-user/);
  const save = page.getByRole("button", { name: "Save name" });
  await save.click();
  await expect(save).toHaveAttribute("aria-disabled", "true");
  await expect(save).toBeFocused();
  release();
  await expect(page.getByText("Name saved.")).toBeVisible();
  await expect(save).toBeFocused();
});

test("sign-up refuses what exists already", async ({ page, context }) => {
  const ada = newPerson("Ada");
  await signUp(page, ada);
  await context.clearCookies();
  await fillSignUp(page, ada);
  await expect(page.getByRole("alert")).toContainText("An account with this email already exists.");
  await expect(page.getByRole("button", { name: "Create account" })).toBeFocused();
});

test("what loads has a shape, and the account page leads back to the conversation", async ({ page }) => {
  await signUp(page, newPerson("Ada"));
  await ask(page, "add milk");
  const conversation = page.url();
  const release = await hold(page, /\/(messages|conversations|tasks)(\?|$)/);
  await page.reload();
  for (const what of ["messages", "conversations", "tasks"]) {
    await expect(page.getByText(`Loading ${what}…`)).toBeVisible();
  }
  release();
  await expect(replies(page)).toHaveCount(1);
  await expect(page.getByText(/^Loading/)).toHaveCount(0);

  await openAccount(page);
  await page.getByRole("link", { name: "Back to your chats" }).click();
  await expect(page).toHaveURL(conversation);
});

test("Enter on a message that is too long says so", async ({ page }) => {
  await signUp(page, newPerson("Ada"));
  await messageBox(page).fill("x".repeat(8_003));
  await page.keyboard.press("Enter");
  await expect(page.getByRole("alert")).toHaveText("This message is 3 characters too long. Shorten it to send it.");
  await expect(sent(page)).toHaveCount(0);
});
