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
  for (const name of ["Filter", "More for tasks"]) {
    await page.keyboard.press("Tab");
    await expect(page.getByRole("button", { name, exact: true })).toBeFocused();
  }
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

test("Arrow Up brings back the last message, and Ctrl+Shift+O starts a new chat", async ({ page }) => {
  await signUp(page, newPerson("Ada"));
  await page.keyboard.type("add mlik");
  await page.keyboard.press("Enter");
  await expect(replies(page)).toHaveCount(1);
  await page.keyboard.press("ArrowUp");
  await expect(messageBox(page)).toHaveValue("add mlik");
  await page.keyboard.press("ControlOrMeta+Shift+O");
  await expect(page.getByRole("heading", { name: "What needs doing, Ada?" })).toBeVisible();
});

test("a password can be shown", async ({ page }) => {
  await page.goto("/sign-in");
  const password = page.getByRole("textbox", { name: "Password" });
  await password.fill("seven quiet lanterns");
  await expect(password).toHaveAttribute("type", "password");
  await page.getByRole("button", { name: "Show password" }).click();
  await expect(password).toHaveAttribute("type", "text");
  await expect(password).toHaveValue("seven quiet lanterns");
  await page.getByRole("button", { name: "Hide password" }).click();
  await expect(password).toHaveAttribute("type", "password");
});

test("a new reply is announced to screen readers", async ({ page }) => {
  await signUp(page, newPerson("Ada"));
  await page.keyboard.type("add milk");
  await page.keyboard.press("Enter");
  await expect(page.getByRole("status", { name: "New reply" })).toHaveText("Added milk.It's on your list.");
  await page.reload();
  await expect(replies(page)).toHaveCount(1);
  await expect(page.getByRole("status", { name: "New reply" })).toHaveText("");
});
