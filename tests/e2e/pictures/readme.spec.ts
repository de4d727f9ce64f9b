import path from "node:path";
import type { Page } from "@playwright/test";
import { ROOT } from "../child.ts";
import { ask, messageBox, newPerson, openTasks, signUp } from "../people.ts";
import { expect, test } from "../test.ts";

/** A common font, so that the pictures look alike on every machine. */
const FONT = ":root { --font-sans: Inter, system-ui, sans-serif !important; }";

test.use({ bypassCSP: true, deviceScaleFactor: 2, reducedMotion: "reduce" });

async function take(page: Page, name: string): Promise<void> {
  await page.addStyleTag({ content: FONT });
  await page.evaluate(() => document.fonts.ready);
  const file = path.join(ROOT, "docs", "images", `${name}.png`);
  await page.screenshot({ path: file, animations: "disabled" });
}

test("the pictures of the README", async ({ page }) => {
  await page.setViewportSize({ width: 800, height: 600 });
  await page.goto("/sign-in");
  await expect(page.getByRole("heading", { name: "Welcome back" })).toBeVisible();
  await take(page, "sign-in");

  await page.setViewportSize({ width: 1280, height: 800 });
  await signUp(page, { ...newPerson("Ada"), email: "ada@example.com" });
  await ask(page, "add water the plants");
  await page.getByRole("link", { name: "New chat" }).click();
  await ask(page, "add book train tickets to Leeds");
  await page.getByRole("link", { name: "New chat" }).click();
  await ask(page, "add milk, eggs and bread");
  await ask(page, "mark milk as done");
  await ask(page, "what's on my list?");
  await expect(openTasks(page)).toHaveCount(4);
  await page.getByRole("button", { name: /^Done/ }).click();
  await page.mouse.move(640, 600); // Away from hover effects.
  await messageBox(page).fill("delete the second one");
  await take(page, "chat");
  await page.emulateMedia({ colorScheme: "dark" });
  await take(page, "dark");

  await page.emulateMedia({ colorScheme: "light" });
  await page.setViewportSize({ width: 390, height: 780 });
  await take(page, "narrow");
  await page.getByRole("button", { name: "Show tasks" }).click();
  await expect(page.getByRole("dialog", { name: "Tasks" })).toBeVisible();
  await take(page, "narrow-tasks");
});
