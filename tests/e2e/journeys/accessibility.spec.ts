import { AxeBuilder } from "@axe-core/playwright";
import type { Page } from "@playwright/test";
import { addTasks, ask, newPerson, openAccount, signUp } from "../people.ts";
import { expect, test } from "../test.ts";

/** Checks the page with all rules, then its colours in dark mode, which changes nothing else. */
async function expectAccessible(page: Page): Promise<void> {
  const axe = new AxeBuilder({ page });
  // An open menu is outside of all landmarks: it is added to the end of the page, and gets the focus.
  if ((await page.getByRole("menu").count()) > 0) axe.disableRules("region");
  expect(await findViolations(page, axe)).toEqual([]);
  await page.emulateMedia({ colorScheme: "dark" });
  expect(await findViolations(page, new AxeBuilder({ page }).withRules("color-contrast"))).toEqual([]);
  await page.emulateMedia({ colorScheme: "light" });
}

/** Checks the page once its transitions have ended. */
async function findViolations(page: Page, axe: AxeBuilder): Promise<string[]> {
  await page.evaluate(() => Promise.allSettled(document.getAnimations().map(({ finished }) => finished)));
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
  await page.route("**/assets/*.js", (route) => route.abort());
  await page.reload();
  await expect(page.getByRole("heading", { name: "Taskchat couldn't be loaded" })).toBeVisible();
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
  await expect(page.getByRole("textbox", { name: "Title" })).toBeVisible();
  await expectAccessible(page);
  await page.getByRole("button", { name: "Basic assistant" }).click();
  await expect(page.getByText("You're using the basic assistant")).toBeVisible();
  await expectAccessible(page);
  await page.keyboard.press("Escape");
  await page.getByRole("button", { name: "Actions for add milk" }).click();
  await expect(page.getByRole("menu")).toBeVisible();
  await expectAccessible(page);
  await page.getByRole("menuitem", { name: "Rename" }).click();
  await expect(page.getByRole("dialog", { name: "Rename conversation" })).toBeVisible();
  await expectAccessible(page);
  await page.keyboard.press("Escape");
  await page.getByRole("button", { name: "Actions for add milk" }).click();
  await page.getByRole("menuitem", { name: "Delete" }).click();
  await expect(page.getByRole("button", { name: "Undo" })).toBeVisible();
  await expectAccessible(page);
  await page.getByRole("button", { name: "Account" }).click();
  await expect(page.getByRole("menu")).toBeVisible();
  await expectAccessible(page);
  await page.keyboard.press("Escape");
  await openAccount(page);
  await expect(page.getByRole("button", { name: "Change password" })).toBeVisible();
  await expectAccessible(page);
  await page.getByRole("button", { name: "Delete account" }).click();
  await expect(page.getByRole("dialog", { name: "Delete your account?" })).toBeVisible();
  await expectAccessible(page);
});

for (const width of [1280, 390]) {
  test(`the task panel at ${width} pixels`, async ({ page }) => {
    test.slow(); // It checks seven states.
    await page.clock.install({ time: new Date("2026-11-30T12:00:00Z") });
    await page.setViewportSize({ width, height: 844 });
    await signUp(page, newPerson("Ada"));
    await addTasks(
      page,
      { title: "Pay the bill", due_on: "2026-11-27", priority: "high" },
      { title: "Call mum", due_on: "2026-11-30", due_at: "09:00", priority: "medium" },
      { title: "Passport", due_on: "2027-02-01", priority: "low" },
      { title: "Milk" },
      { title: "Eggs", completed: true, due_on: "2026-11-20", priority: "high" },
    );
    if (width < 960) await page.getByRole("button", { name: "Show tasks" }).click();
    await page.getByRole("button", { name: /^Done/ }).click();
    await expect(page.getByRole("heading", { name: "Overdue" })).toBeVisible();
    await expectAccessible(page);
    await page.getByRole("button", { name: "Edit Call mum" }).click();
    await expect(page.getByRole("textbox", { name: "Title" })).toBeVisible();
    await expectAccessible(page);
    await page.keyboard.press("Escape");
    await page.getByRole("button", { name: "Filter" }).click();
    await expect(page.getByRole("menu")).toBeVisible();
    await expectAccessible(page);
    await page.getByRole("menuitemradio", { name: "High priority" }).click();
    await expect(page.getByRole("button", { name: "Show all" })).toBeVisible();
    await page.getByRole("button", { name: "More for tasks" }).click();
    await page.getByRole("menuitem", { name: "Clear completed" }).click();
    await expect(page.getByRole("dialog", { name: "Clear completed tasks?" })).toBeVisible();
    await expectAccessible(page);
    await page.keyboard.press("Escape");
    await page.getByRole("button", { name: "More for tasks" }).click();
    await page.getByRole("menuitem", { name: "Select tasks" }).click();
    await page.getByRole("checkbox", { name: "Select Pay the bill" }).check();
    await expectAccessible(page);
    await page.getByRole("button", { name: "Priority", exact: true }).click();
    await expect(page.getByRole("menuitem", { name: "Medium" })).toBeVisible();
    await expectAccessible(page);
    await page.keyboard.press("Escape");
    await page.getByRole("button", { name: "Date", exact: true }).click();
    await expect(page.getByRole("dialog", { name: "When are they due?" })).toBeVisible();
    await expectAccessible(page);
  });
}

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
  await expect(page.getByRole("menu")).toBeVisible();
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
