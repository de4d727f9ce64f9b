import { messageBox, newPerson, openTasks, replies, sent, signUp } from "../people.ts";
import { expect, test } from "../test.ts";

test("everything works by keyboard", async ({ page }) => {
  const ada = newPerson("Ada");
  await signUp(page, ada);
  await expect(messageBox(page)).toBeFocused();
  await page.keyboard.type("add milk");
  await page.keyboard.press("Shift+Enter");
  await page.keyboard.type("add eggs");
  await expect(sent(page)).toHaveCount(0);
  await page.keyboard.press("Enter");
  await expect(replies(page)).toHaveCount(1);
  await expect(messageBox(page)).toBeFocused();
  await expect(openTasks(page)).toHaveText(["milk", "eggs"]);

  // The disabled Send button is skipped.
  await page.keyboard.press("Tab");
  await expect(page.getByRole("textbox", { name: "Add a task" })).toBeFocused();
  await page.keyboard.press("Tab");
  await expect(page.getByRole("checkbox", { name: "milk" })).toBeFocused();
  await page.keyboard.press("Space");
  await expect(openTasks(page)).toHaveText(["eggs"]);
  await expect(page.getByRole("checkbox", { name: "eggs" })).toBeFocused();
  await page.keyboard.press("Tab");
  await page.keyboard.press("Enter");
  await expect(page.getByRole("textbox", { name: "Title" })).toBeFocused();
  await page.keyboard.press("End");
  await page.keyboard.type(" from the farm");
  await page.keyboard.press("Enter");
  await expect(openTasks(page)).toHaveText(["eggs from the farm"]);
  await expect(page.getByRole("button", { name: "Edit eggs from the farm" })).toBeFocused();
});

test("a new reply is announced to screen readers", async ({ page }) => {
  await signUp(page, newPerson("Ada"));
  await page.keyboard.type("add milk");
  await page.keyboard.press("Enter");
  await expect(page.getByRole("status", { name: "New reply" })).toContainText("milk");
  await page.reload();
  await expect(replies(page)).toHaveCount(1);
  await expect(page.getByRole("status", { name: "New reply" })).toHaveText("");
});
