import type { Page } from "@playwright/test";
import { ask, messageBox, newPerson, openAccount, openTasks, replies, signUp } from "../people.ts";
import { expect, test } from "../test.ts";

/** Replaces each text node by elements, as a translating browser does. */
function translate(page: Page): Promise<void> {
  return page.evaluate(() => {
    const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
    const texts: Text[] = [];
    while (walker.nextNode()) texts.push(walker.currentNode as Text);
    for (const text of texts) {
      if (!text.data.trim() || text.parentElement?.closest("script, style, textarea")) continue;
      const inner = document.createElement("font");
      inner.textContent = text.data;
      const outer = document.createElement("font");
      outer.append(inner);
      text.parentNode?.replaceChild(outer, text);
    }
  });
}

test("a translated page goes on working", async ({ page }) => {
  const errors: string[] = [];
  page.on("pageerror", (error) => void errors.push(error.message));
  await signUp(page, newPerson("Ada"));
  await ask(page, "add milk and eggs");
  await expect(page.getByText("2 open")).toBeVisible();
  await translate(page);
  await ask(page, "add bread");
  await expect(page.getByText("3 open")).toBeVisible();
  await translate(page);
  await page.getByRole("button", { name: "Delete milk" }).click();
  await page.mouse.move(0, 0);
  await expect(openTasks(page)).toHaveText(["eggs", "bread"]);
  await expect(page.getByText("2 open")).toBeVisible();
  await page.getByRole("link", { name: "New chat" }).click();
  await expect(page.getByRole("heading", { name: "What needs doing, Ada?" })).toBeVisible();
  await messageBox(page).fill("x".repeat(7_300));
  await translate(page);
  await messageBox(page).fill("x".repeat(7_301));
  await expect(page.getByText("7301 of 8000 characters")).toBeVisible();
  await expect(page.getByText("7300 of 8000 characters")).toHaveCount(0);
  await messageBox(page).fill("hello");
  await page.keyboard.press("Enter");
  await expect(replies(page)).toHaveCount(1);
  await translate(page);
  await openAccount(page);
  expect(errors).toEqual([]);
});

test("the focus returns from menus and dialogs, and stays in the message box", async ({ page }) => {
  await signUp(page, newPerson("Ada"));
  await messageBox(page).fill("add milk");
  await page.getByRole("button", { name: "Send" }).click();
  await expect(replies(page)).toHaveCount(1);
  await expect(messageBox(page)).toBeFocused();

  const actions = page.getByRole("button", { name: "Actions for add milk" });
  await actions.click();
  await expect(page.getByRole("menu")).toBeFocused();
  await page.keyboard.press("Escape");
  await expect(actions).toBeFocused();
  await actions.click();
  await page.getByRole("menuitem", { name: "Rename" }).click();
  const title = page.getByRole("textbox", { name: "Title" });
  await expect(title).toBeFocused();
  expect(
    await title.evaluate((field: HTMLInputElement) =>
      field.value.slice(field.selectionStart ?? 0, field.selectionEnd ?? 0),
    ),
  ).toBe("Add milk");
  await page.keyboard.press("Escape");
  await expect(page.getByRole("dialog")).toHaveCount(0);
  await expect(actions).toBeFocused();
});

test("a dialog dims the drawer it was opened from, and closing both returns the focus", async ({ page }) => {
  await page.setViewportSize({ width: 390, height: 844 });
  await signUp(page, newPerson("Ada"));
  await ask(page, "add milk");
  const show = page.getByRole("button", { name: "Show conversations" });
  await show.click();
  await page.getByRole("button", { name: "Actions for add milk" }).click();
  await page.getByRole("menuitem", { name: "Rename" }).click();
  await expect(page.getByRole("textbox", { name: "Title" })).toBeFocused();
  const isDimmed = () => page.evaluate(() => document.elementFromPoint(40, 30)?.closest("nav") === null);
  await expect.poll(isDimmed).toBe(true);
  await page.keyboard.press("Escape");
  await expect(page.getByRole("dialog", { name: "Rename conversation" })).toHaveCount(0);
  await page.keyboard.press("Escape");
  await expect(page.getByRole("dialog")).toHaveCount(0);
  await expect(show).toBeFocused();
});

test("nothing moves for people who prefer that", async ({ page }) => {
  await page.emulateMedia({ reducedMotion: "reduce" });
  await page.setViewportSize({ width: 390, height: 844 });
  await signUp(page, newPerson("Ada"));
  await page.evaluate(() => {
    Object.assign(window, { longest: 0 });
    const note = (event: Event) => {
      for (const animation of document.getAnimations()) {
        const { duration } = animation.effect?.getComputedTiming() ?? {};
        Object.assign(window, {
          longest: Math.max((window as unknown as { longest: number }).longest, Number(duration)),
        });
      }
      return event;
    };
    for (const type of ["transitionrun", "animationstart"]) document.addEventListener(type, note, true);
  });
  await ask(page, "add milk");
  for (const name of ["Show tasks", "Show conversations"]) {
    await page.getByRole("button", { name }).click();
    await expect(page.locator("[role=dialog]:focus-within")).toBeVisible();
    await page.keyboard.press("Escape");
    await expect(page.getByRole("dialog")).toHaveCount(0);
  }
  expect(await page.evaluate(() => (window as unknown as { longest: number }).longest)).toBeLessThanOrEqual(1);
});

test("nothing scrolls sideways at 320 pixels, also with more space between letters", async ({ page }) => {
  await page.setViewportSize({ width: 320, height: 640 });
  const overflow = () => page.evaluate(() => document.documentElement.scrollWidth - window.innerWidth);
  const check = async () => {
    expect(await overflow(), page.url()).toBeLessThanOrEqual(0);
    // WCAG 2.2's text spacing. A style element would violate the policy.
    await page.evaluate(() => {
      const sheet = new CSSStyleSheet();
      sheet.replaceSync(
        "* { line-height: 1.5 !important; letter-spacing: 0.12em !important; word-spacing: 0.16em !important } p { margin-bottom: 2em !important }",
      );
      document.adoptedStyleSheets = [sheet];
    });
    expect(await overflow(), page.url()).toBeLessThanOrEqual(0);
  };
  for (const path of ["/sign-in", "/sign-up", "/forgot-password", "/no/such/page"]) {
    await page.goto(path);
    await expect(page.getByRole("heading").first()).toBeVisible();
    await check();
  }
  await signUp(page, newPerson("Ada"));
  await ask(page, "add milk, eggs and bread");
  await check();
  await page.goto("/account");
  await expect(page.getByText("This device")).toBeVisible();
  await check();
});

test("forced colours show the current conversation and the focus", async ({ page }) => {
  await page.emulateMedia({ forcedColors: "active" });
  await signUp(page, newPerson("Ada"));
  await ask(page, "add milk");
  const current = page.getByRole("link", { name: "Add milk", exact: true });
  await expect(current).toHaveCSS("border-inline-start-width", "4px");
  await messageBox(page).focus();
  const frame = page
    .locator("form")
    .filter({ has: messageBox(page) })
    .locator("> div")
    .first();
  await expect(frame).toHaveCSS("outline-style", "solid");
  await page.getByRole("button", { name: "Actions for add milk" }).press("Enter");
  await expect(page.getByRole("menuitem", { name: "Rename" })).toHaveCSS("outline-style", "solid");
});
