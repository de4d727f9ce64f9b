import type { Page } from "@playwright/test";
import { addTasks, newPerson, openTasks, signUp } from "../people.ts";
import { expect, test } from "../test.ts";

const selecting = (page: Page, title: string) => page.getByRole("checkbox", { name: `Select ${title}` });

/** Counts the requests that change tasks. */
function countChanges(page: Page): () => number {
  let count = 0;
  page.on("request", (request) => {
    if (request.url().includes("/tasks") && ["PATCH", "DELETE"].includes(request.method())) count += 1;
  });
  return () => count;
}

test("several tasks are selected with the mouse and changed at once", async ({ page }) => {
  await page.clock.install({ time: new Date("2026-11-30T12:00:00Z") });
  await signUp(page, newPerson("Ada"));
  await addTasks(page, ...["A1", "B2", "C3", "D4", "E5"].map((title) => ({ title })));
  const changes = countChanges(page);

  await page.getByRole("button", { name: "Edit B2" }).click({ modifiers: ["ControlOrMeta"] });
  await expect(page.getByText("1 selected")).toBeVisible();
  await selecting(page, "D4").click({ modifiers: ["Shift"] });
  await selecting(page, "C3").click();
  await expect(page.getByText("2 selected")).toBeVisible();
  await page.getByRole("button", { name: "Date", exact: true }).click();
  await page.getByRole("dialog").getByRole("button", { name: "Tomorrow" }).click();
  await page.getByRole("dialog").getByRole("button", { name: "Save" }).click();
  await expect(openTasks(page)).toHaveText(["B2Tomorrow", "D4Tomorrow", "A1", "C3", "E5"]);
  await expect(page.getByRole("button", { name: "More for tasks" })).toBeFocused();

  await page.getByRole("button", { name: "Edit A1" }).click({ modifiers: ["Shift"] });
  await selecting(page, "E5").click();
  await page.getByRole("button", { name: "Priority", exact: true }).click();
  await page.getByRole("menuitem", { name: "Low" }).click();
  await expect(openTasks(page)).toHaveText(["B2Tomorrow", "D4Tomorrow", "A1Low", "C3", "E5Low"]);
  expect(changes()).toBe(2);
});

test("several tasks are selected by keyboard, completed, deleted and restored", async ({ page }) => {
  await signUp(page, newPerson("Ada"));
  await addTasks(page, ...["A1", "B2", "C3", "D4"].map((title) => ({ title })));
  const changes = countChanges(page);
  const more = page.getByRole("button", { name: "More for tasks" });

  await more.click();
  await page.getByRole("menuitem", { name: "Select tasks" }).click();
  await expect(more).toBeFocused();
  await selecting(page, "B2").focus();
  await page.keyboard.press("Shift+ArrowDown");
  await expect(page.getByText("2 selected")).toBeVisible();
  await expect(selecting(page, "C3")).toBeFocused();
  await page.getByRole("button", { name: "Delete", exact: true }).press("Enter");
  await expect(openTasks(page)).toHaveText(["A1", "D4"]);
  await expect(more).toBeFocused();
  await page.getByRole("dialog").filter({ hasText: "Deleted 2 tasks" }).getByRole("button", { name: "Undo" }).click();
  await page.mouse.move(0, 0);
  await expect(openTasks(page)).toHaveText(["A1", "B2", "C3", "D4"]);

  await page.getByRole("button", { name: "Edit A1" }).click({ modifiers: ["Shift"] });
  await page.keyboard.press("ControlOrMeta+a");
  await expect(page.getByText("4 selected")).toBeVisible();
  await page.getByRole("button", { name: "Complete", exact: true }).click();
  await expect(page.getByText("All done.")).toBeVisible();
  expect(changes()).toBe(2);

  await page.getByRole("button", { name: /^Done/ }).click();
  await page.getByRole("button", { name: "Edit A1" }).click({ modifiers: ["Shift"] });
  await page.getByRole("button", { name: "Reopen", exact: true }).click();
  await expect(openTasks(page)).toHaveText(["A1"]);

  const reopened = openTasks(page).getByRole("button", { name: "Edit A1" });
  await reopened.click({ modifiers: ["Shift"] });
  await page.keyboard.press("Escape");
  await expect(reopened).toBeFocused();
});

test("completed tasks are cleared on a phone, after a confirmation", async ({ page }) => {
  await page.setViewportSize({ width: 390, height: 844 });
  await signUp(page, newPerson("Ada"));
  await addTasks(page, { title: "A1" }, { title: "B2", completed: true }, { title: "C3", completed: true });
  await page.getByRole("button", { name: "Show tasks" }).click();
  await page.getByRole("button", { name: "More for tasks" }).click();
  await page.getByRole("menuitem", { name: "Clear completed" }).click();
  const dialog = page.getByRole("dialog", { name: "Clear completed tasks?" });
  await expect(dialog).toContainText("2 tasks");
  await dialog.getByRole("button", { name: "Cancel" }).click();
  await expect(page.getByRole("button", { name: /^Done/ })).toBeVisible();

  await page.getByRole("button", { name: "More for tasks" }).click();
  await page.getByRole("menuitem", { name: "Clear completed" }).click();
  await dialog.getByRole("button", { name: "Clear" }).click();
  await expect(dialog).toHaveCount(0);
  await expect(page.getByRole("button", { name: /^Done/ })).toHaveCount(0);
  await expect(page.getByRole("button", { name: "More for tasks" })).toBeFocused();
  await expect(openTasks(page)).toHaveText(["A1"]);
});
