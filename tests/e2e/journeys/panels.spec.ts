import { ask, messageBox, newPerson, openTasks, signUp } from "../people.ts";
import { expect, test } from "../test.ts";

test("conversations are searched, opened, renamed and deleted", async ({ page }) => {
  await signUp(page, newPerson("Ada"));
  const conversations = page.getByRole("navigation", { name: "Conversations" });
  await ask(page, "add milk");
  await conversations.getByRole("link", { name: "New chat" }).click();
  await expect(page.getByRole("heading", { name: "New chat" })).toBeVisible();
  await expect(messageBox(page)).toBeFocused();
  await ask(page, "what's on my list?");
  await expect(page).toHaveTitle("What's on my list? · Taskchat");

  await conversations.getByRole("searchbox", { name: "Search conversations" }).fill("ADD MILK");
  await expect(conversations.getByRole("listitem")).toHaveCount(1);
  await conversations.getByRole("button", { name: "Actions for add milk" }).click();
  await page.getByRole("menuitem", { name: "Rename" }).click();
  await page.getByRole("textbox", { name: "Title" }).fill("Milk and more");
  await page.keyboard.press("Enter");
  await conversations.getByRole("link", { name: "Milk and more" }).click();
  await expect(page.getByRole("heading", { name: "Milk and more", level: 1 })).toBeVisible();

  await conversations.getByRole("button", { name: "Actions for Milk and more" }).click();
  await page.getByRole("menuitem", { name: "Delete" }).click();
  await expect(page.getByRole("heading", { name: "New chat" })).toBeVisible();
  await expect(conversations.getByText("No matching conversations.")).toBeVisible();
  await conversations.getByRole("searchbox").fill("");
  await expect(conversations.getByRole("listitem")).toHaveText(["What's on my list?"]);
  await expect(openTasks(page)).toHaveText(["milk"]);
});

test("a conversation beyond the loaded list still shows its title", async ({ page }) => {
  await signUp(page, newPerson("Ada"));
  const conversations = page.getByRole("navigation", { name: "Conversations" });
  await ask(page, "add milk");
  const address = page.url();
  await conversations.getByRole("button", { name: "Actions for add milk" }).click();
  await page.getByRole("menuitem", { name: "Rename" }).click();
  await page.getByRole("textbox", { name: "Title" }).fill("Groceries");
  await page.keyboard.press("Enter");
  await conversations.getByRole("link", { name: "Groceries" }).waitFor();
  await conversations.getByRole("link", { name: "New chat" }).click();
  await expect(page.getByRole("heading", { name: "What needs doing, Ada?" })).toBeVisible();
  await ask(page, "what's on my list?");

  await page.route(/\/conversations(\?|$)/, async (route) => {
    const url = new URL(route.request().url());
    url.searchParams.set("limit", "1");
    await route.continue({ url: url.href });
  });
  await page.goto(address);
  await expect(page.getByRole("heading", { name: "Groceries", level: 1 })).toBeVisible();
  await expect(conversations.getByRole("listitem")).toHaveText(["What's on my list?"]);
});

test("each conversation keeps its own draft", async ({ page }) => {
  await signUp(page, newPerson("Ada"));
  await ask(page, "add milk");
  await messageBox(page).fill("half a sentence");
  await page.getByRole("link", { name: "New chat" }).click();
  await expect(messageBox(page)).toHaveValue("");
  await ask(page, "add eggs");
  await expect(messageBox(page)).toHaveValue("");
  await messageBox(page).fill("another half");
  await page.getByRole("link", { name: "add milk" }).click();
  await expect(messageBox(page)).toHaveValue("half a sentence");
  await page.reload();
  await expect(messageBox(page)).toHaveValue("half a sentence");
});

test("tasks are added, edited, completed, deleted and restored by hand", async ({ page }) => {
  await signUp(page, newPerson("Ada"));
  await page.getByRole("textbox", { name: "Add a task" }).fill("Buy milk");
  await page.keyboard.press("Enter");
  await expect(openTasks(page)).toHaveText(["Buy milk"]);
  await page.keyboard.type("Call mum");
  await page.keyboard.press("Enter");
  await expect(openTasks(page)).toHaveText(["Buy milk", "Call mum"]);

  await page.getByRole("button", { name: "Edit Buy milk" }).click();
  await page.getByRole("textbox", { name: "Title" }).fill("Buy oat milk");
  await page.getByRole("textbox", { name: "Details" }).fill("The barista one");
  await page.getByRole("button", { name: "Save" }).click();
  await expect(openTasks(page).first()).toContainText("The barista one");

  await page.getByRole("button", { name: "Delete Buy oat milk" }).click();
  await page.mouse.move(0, 0);
  await expect(openTasks(page)).toHaveText(["Call mum"]);
  await page.getByRole("button", { name: "Undo" }).click();
  await expect(openTasks(page)).toContainText(["Buy oat milk", "Call mum"]);
  await expect(openTasks(page).first()).toContainText("The barista one");

  await page.getByRole("checkbox", { name: "Call mum" }).click();
  await page.mouse.move(0, 0);
  await expect(openTasks(page)).toHaveCount(1);
  await page.getByRole("button", { name: "Undo" }).click();
  await expect(openTasks(page)).toHaveCount(2);
  await page.getByRole("checkbox", { name: "Call mum" }).click();
  await page.getByRole("button", { name: /^Done/ }).click();
  const reopened = page.waitForResponse((response) => response.url().includes("completed=true") && response.ok());
  await page.getByRole("list", { name: "Done tasks" }).getByRole("checkbox", { name: "Call mum" }).click();
  await reopened;
  await page.mouse.move(0, 0);
  await expect(openTasks(page)).toContainText(["Buy oat milk", "Call mum"]);
});

test("on a narrow screen both panels are drawers", async ({ page }) => {
  await page.setViewportSize({ width: 360, height: 740 });
  await signUp(page, newPerson("Ada"));
  await ask(page, "add milk");
  await page.getByRole("button", { name: "Show tasks" }).click();
  await page.getByRole("button", { name: "Delete milk" }).click();
  await expect(page.getByText("Nothing to do yet.")).toBeVisible();
  await page.getByRole("button", { name: "Undo" }).click();
  // The row that was deleted may still be leaving.
  await page.locator("li:not([inert])").getByRole("checkbox", { name: "milk" }).click();
  await expect(page.getByText("All done.")).toBeVisible();
  await page.getByRole("button", { name: "Close" }).click();
  await page.getByRole("button", { name: "Show conversations" }).click();
  await page.getByRole("link", { name: "New chat" }).click();
  await expect(page.getByRole("heading", { name: "What needs doing, Ada?" })).toBeVisible();
  const overflow = await page.evaluate(() => document.documentElement.scrollWidth - window.innerWidth);
  expect(overflow).toBeLessThanOrEqual(0);
});
