import { ask, newPerson, openTasks, replies, sent, signIn, signOut, signUp, signUpByForm } from "../people.ts";
import { expect, test } from "../test.ts";

test("tasks added by chat survive a reload, signing out and in, and a restart", async ({ page, stack }) => {
  test.slow(); // Restarting all services is slow on a busy machine.
  const ada = newPerson("Ada");
  await signUpByForm(page, ada);
  await ask(page, "add milk, eggs and bread");
  await expect(page).toHaveURL(/\/c\/[0-9a-f-]{36}$/);
  await expect(openTasks(page)).toContainText(["milk", "eggs", "bread"]);
  await expect(replies(page)).toContainText(["Added milk"]);
  const conversation = page.url();

  await page.getByRole("checkbox", { name: "eggs" }).click();
  await expect(openTasks(page)).toContainText(["milk", "bread"]);

  await page.reload();
  await expect(openTasks(page)).toContainText(["milk", "bread"]);
  await expect(sent(page)).toHaveText(["add milk, eggs and bread"]);

  await signOut(page);
  await signIn(page, ada);
  await expect(page).toHaveURL(conversation);
  await expect(replies(page)).toHaveCount(1);
  await ask(page, "what's on my list?");
  await ask(page, "delete the second one");
  await expect(openTasks(page)).toHaveText(["milk"]);

  await stack.restart();
  await page.reload();
  await expect(sent(page)).toHaveText(["add milk, eggs and bread", "what's on my list?", "delete the second one"]);
  await expect(openTasks(page)).toHaveText(["milk"]);
  await page.getByRole("button", { name: /^Done/ }).click();
  await expect(page.getByRole("checkbox", { name: "eggs" })).toBeChecked();
  await ask(page, "mark milk as done");
  await expect(page.getByText("All done.")).toBeVisible();
});

test("users cannot see each other's data, even by URL", async ({ page, browser, stack }) => {
  await signUp(page, newPerson("Ada"));
  await ask(page, "add a secret present");
  const conversation = page.url();

  const context = await browser.newContext({ baseURL: stack.url });
  const bobs = await context.newPage();
  await signUp(bobs, newPerson("Bob"));
  await expect(bobs.getByText("Nothing to do yet.")).toBeVisible();
  await expect(bobs.getByText("No conversations yet.")).toBeVisible();
  await bobs.goto(conversation);
  await expect(bobs.getByRole("heading", { name: "Conversation not found" })).toBeVisible();
  await expect(bobs.getByText("secret present")).toHaveCount(0);
  await context.close();
});
