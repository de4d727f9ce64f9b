import type { Locator, Page } from "@playwright/test";
import { ask, newPerson, openTasks, replies, say, sent, signUp } from "../people.ts";
import { expect, test } from "../test.ts";

const doneTasks = (page: Page) => page.getByRole("list", { name: "Done tasks" }).getByRole("listitem");

async function middleOf(locator: Locator): Promise<[number, number]> {
  const box = await locator.boundingBox();
  if (box === null) throw new Error("not visible");
  return [box.x + box.width / 2, box.y + box.height / 2];
}

/** Resolves when the list of open tasks was fetched again. */
const listed = (page: Page) =>
  page.waitForResponse((response) => response.url().includes("completed=false") && response.ok());

test("tasks don't move under the pointer while they are ticked", async ({ page }) => {
  await signUp(page, newPerson("Ada"));
  await ask(page, "add A1, B2, C3, D4, E5");
  const boxes = openTasks(page).getByRole("checkbox");
  await expect(boxes).toHaveCount(5);
  const places = await Promise.all([0, 1, 2].map((row) => middleOf(boxes.nth(row))));

  for (const [x, y] of places) {
    const fetched = listed(page);
    await page.mouse.click(x, y);
    await fetched;
  }

  await expect(openTasks(page)).toHaveCount(5);
  await page.mouse.move(0, 0);
  await expect(openTasks(page)).toHaveText(["D4", "E5"]);
  await page.getByRole("button", { name: "Done" }).click();
  await expect(doneTasks(page)).toHaveText(["A1", "B2", "C3"]);
});

test("a task ticked by mistake can be unticked in its place", async ({ page }) => {
  await signUp(page, newPerson("Ada"));
  await ask(page, "add A1, B2");
  const first = openTasks(page).getByRole("checkbox").first();
  const fetched = listed(page);
  await first.click();
  await fetched;
  await expect(first).toBeChecked();

  const again = listed(page);
  await first.click();
  await again;

  await expect(first).not.toBeChecked();
  await page.mouse.move(0, 0);
  await expect(openTasks(page)).toHaveText(["A1", "B2"]);
});

test("reopening a task removes the offer to undo its completion", async ({ page }) => {
  await signUp(page, newPerson("Ada"));
  await ask(page, "add A1, B2");
  await openTasks(page).getByRole("checkbox").first().click();
  const offer = page.getByText("Completed A1");
  await expect(offer).toBeVisible();
  await page.evaluate(() => window.dispatchEvent(new FocusEvent("blur"))); // toasts don't expire in the background

  await openTasks(page).getByRole("checkbox").first().click();

  await expect(openTasks(page).getByRole("checkbox").first()).not.toBeChecked();
  await expect(offer).toHaveCount(0);
});

test("deleted tasks keep their places under the pointer", async ({ page }) => {
  await signUp(page, newPerson("Ada"));
  await ask(page, "add A1, B2, C3");
  await expect(openTasks(page)).toHaveCount(3);
  await openTasks(page).first().hover();
  const deleteSecond = await middleOf(page.getByRole("button", { name: "Delete B2" }));
  let fetched = listed(page);
  await page.getByRole("button", { name: "Delete A1" }).click();
  await fetched;

  fetched = listed(page);
  await page.mouse.click(...deleteSecond);
  await fetched;

  await page.mouse.move(0, 0);
  await expect(openTasks(page)).toHaveText(["C3"]);
});

test("a click on a title opens the editor and ticks nothing", async ({ page }) => {
  await signUp(page, newPerson("Ada"));
  await ask(page, "add milk");

  await openTasks(page).getByText("milk", { exact: true }).click();

  await expect(page.getByRole("textbox", { name: "Title" })).toHaveValue("milk");
  await page.keyboard.press("Escape");
  await expect(openTasks(page).getByRole("checkbox", { name: "milk" })).not.toBeChecked();
  await expect(page.getByRole("button", { name: "Edit milk" })).toBeFocused();
});

test("what is changed and said offline is shown, and sent when the connection returns", async ({ page, context }) => {
  await signUp(page, newPerson("Ada"));
  await ask(page, "add A1, B2");
  await context.setOffline(true);
  await expect(page.getByText("You're offline.")).toBeVisible();

  await page.getByRole("checkbox", { name: "A1" }).click();
  for (const title of ["C3", "D4"]) {
    await page.getByRole("textbox", { name: "Add a task" }).fill(title);
    await page.keyboard.press("Enter");
  }
  await say(page, "add E5");
  await page.mouse.move(0, 0);
  await expect(page.getByRole("checkbox", { name: "A1" })).toBeChecked();
  await expect(page.getByRole("list", { name: "Tasks being added" }).getByRole("listitem")).toHaveText(["C3", "D4"]);
  await expect(sent(page)).toHaveText(["add A1, B2", "add E5"]);
  await expect(page.getByRole("alert")).toHaveCount(0);

  await context.setOffline(false);
  await expect(page.getByText("You're offline.")).toHaveCount(0);
  await expect(replies(page)).toHaveCount(2);
  await expect(openTasks(page)).toHaveCount(4);
  await page.reload();
  await expect(openTasks(page)).toHaveCount(4);
  await expect(openTasks(page).filter({ hasText: "A1" })).toHaveCount(0);
});

test("another tab follows what is done by hand and in the chat", async ({ page, context }) => {
  await signUp(page, newPerson("Ada"));
  const other = await context.newPage();
  await other.goto("/");
  await expect(other.getByText("Nothing to do yet.")).toBeVisible();
  await page.bringToFront();

  await page.getByRole("textbox", { name: "Add a task" }).fill("milk");
  await page.keyboard.press("Enter");
  await expect(openTasks(other)).toHaveText(["milk"]);
  await ask(page, "add eggs");
  await expect(openTasks(other)).toHaveText(["milk", "eggs"]);
  await expect(other.getByRole("link", { name: "Add eggs", exact: true })).toBeVisible();
});
