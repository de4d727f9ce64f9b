import { AxeBuilder } from "@axe-core/playwright";
import type { Page } from "@playwright/test";
import { ask, newPerson, openAccount, signUp } from "../people.ts";
import { expect, test } from "../test.ts";

/** Checks the page with all rules but one, then its colours in dark mode, which changes nothing else. */
async function expectAccessible(page: Page): Promise<void> {
  // An open menu is outside of all landmarks: it is added to the end of the page, and gets the focus.
  expect(await findViolations(new AxeBuilder({ page }).disableRules("region"))).toEqual([]);
  await page.emulateMedia({ colorScheme: "dark" });
  await page.evaluate(() => Promise.allSettled(document.getAnimations().map(({ finished }) => finished)));
  expect(await findViolations(new AxeBuilder({ page }).withRules("color-contrast"))).toEqual([]);
  await page.emulateMedia({ colorScheme: "light" });
}

async function findViolations(axe: AxeBuilder): Promise<string[]> {
  // Legacy mode is three times as fast, because it does not look for frames. The pages have none.
  const { violations } = await axe.setLegacyMode().analyze();
  return violations.map(({ id, nodes }) => `${id}: ${nodes.map(({ html }) => html).join(" ")}`);
}

test("entry pages", async ({ page }) => {
  await page.goto("/sign-in");
  await page.getByRole("textbox", { name: "Email" }).fill("nobody@example.com");
  await page.getByRole("textbox", { name: "Password" }).fill("not the password");
  await page.getByRole("button", { name: "Sign in" }).click();
  await expect(page.getByRole("alert")).toBeVisible();
  await expectAccessible(page);
  await page.getByRole("link", { name: "Create an account" }).click();
  await expect(page.getByRole("heading", { name: "Create your account" })).toBeVisible();
  await expectAccessible(page);
  await page.goto("/reset-password#token=x");
  await expect(page.getByRole("heading", { name: "Set a new password" })).toBeVisible();
  await expectAccessible(page);
  await page.goto("/verify-email#token=x");
  await expect(page.getByRole("heading", { name: "Confirm your email" })).toBeVisible();
  await expectAccessible(page);
  await page.getByRole("button", { name: "Confirm email" }).click();
  await expect(page.getByRole("heading", { name: "This link no longer works" })).toBeVisible();
  await expectAccessible(page);
  await page.goto("/forgot-password");
  await page.getByRole("textbox", { name: "Email" }).fill("nobody@example.com");
  await page.getByRole("button", { name: "Send link" }).click();
  await expect(page.getByText("Email isn't set up here.")).toBeVisible();
  await expectAccessible(page);
  await page.goto("/no/such/page");
  await expect(page.getByRole("heading", { name: "Page not found" })).toBeVisible();
  await expectAccessible(page);
});

test("the chat with its panels and dialogs", async ({ page }) => {
  await signUp(page, newPerson("Ada"));
  await expect(page.getByText("Nothing to do yet.")).toBeVisible();
  await expectAccessible(page);
  await ask(page, "add milk, eggs and bread");
  await ask(page, "mark milk as done");
  await ask(page, "what's on my list?");
  await page.getByRole("button", { name: /^Done/ }).click();
  await page.getByRole("button", { name: "Edit eggs" }).click();
  await expectAccessible(page);
  await page.getByRole("button", { name: "Basic assistant" }).click();
  await expect(page.getByText("You're using the basic assistant")).toBeVisible();
  await expectAccessible(page);
  await page.keyboard.press("Escape");
  await page.getByRole("button", { name: "Actions for add milk" }).click();
  await expectAccessible(page);
  await page.getByRole("menuitem", { name: "Rename" }).click();
  await expect(page.getByRole("dialog", { name: "Rename conversation" })).toBeVisible();
  await expectAccessible(page);
  await page.keyboard.press("Escape");
  await openAccount(page);
  await expect(page.getByRole("button", { name: "Change password" })).toBeVisible();
  await expectAccessible(page);
  await page.getByRole("button", { name: "Delete account" }).click();
  await expect(page.getByRole("dialog", { name: "Delete your account?" })).toBeVisible();
  await expectAccessible(page);
});

test("search results, the palette, the shortcuts and the theme", async ({ page }) => {
  await signUp(page, newPerson("Ada"));
  await ask(page, "add milk");
  const conversations = page.getByRole("navigation", { name: "Conversations" });
  await conversations.getByRole("searchbox").fill("mil");
  await expect(conversations.locator("mark")).toHaveText(["mil"]);
  await expectAccessible(page);
  await page.keyboard.press("ControlOrMeta+K");
  await expect(page.getByRole("dialog").getByRole("combobox")).toBeFocused();
  await page.keyboard.type("mil");
  await expect(page.getByRole("dialog").locator("mark")).toHaveText(["mil"]);
  await expectAccessible(page);
  await page.keyboard.press("Escape");
  await expect(page.getByRole("dialog")).toHaveCount(0);
  await page.getByRole("button", { name: "Account" }).click();
  await expectAccessible(page);
  await page.getByRole("menuitem", { name: "Keyboard shortcuts" }).click();
  await expect(page.getByRole("dialog", { name: "Keyboard shortcuts" })).toBeVisible();
  await expectAccessible(page);
});

test("the drawers on a narrow screen, and an unknown conversation", async ({ page }) => {
  await page.setViewportSize({ width: 360, height: 740 });
  await signUp(page, newPerson("Ada"));
  await ask(page, "add milk");
  await page.getByRole("button", { name: "Show tasks" }).click();
  await expect(page.getByRole("dialog", { name: "Tasks" })).toBeVisible();
  await expectAccessible(page);
  await page.getByRole("button", { name: "Close" }).click();
  await page.getByRole("button", { name: "Show conversations" }).click();
  await expect(page.getByRole("dialog", { name: "Conversations" })).toBeVisible();
  await expectAccessible(page);
  await page.goto("/c/00000000-0000-7000-8000-000000000000");
  await expect(page.getByRole("heading", { name: "Conversation not found" })).toBeVisible();
  await expectAccessible(page);
});
