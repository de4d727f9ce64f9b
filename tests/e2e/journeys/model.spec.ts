import { ask, messageBox, newPerson, openTasks, replies, say, sent, signUp } from "../people.ts";
import { expect, test } from "../test.ts";

test("a message that fails stays, and Retry answers it once", async ({ page, model }) => {
  await model?.script({ status: 400 });
  await signUp(page, newPerson("Ada"));
  await say(page, "buy milk");
  await expect(page.getByRole("alert")).toContainText("The assistant couldn't answer this.");
  await expect(page).toHaveURL(/\/c\//);

  await page.reload();
  await expect(page.getByRole("alert")).toContainText("The assistant couldn't answer this.");
  await model?.script(
    { calls: [{ name: "add_task", arguments: { title: "Milk", description: null } }] },
    { text: "**Milk** is on your list." },
  );
  await page.getByRole("button", { name: "Retry" }).click();
  await expect(replies(page)).toContainText(["Milk is on your list."]);
  await expect(page.getByRole("button", { name: "Retry" })).toHaveCount(0);
  await expect(openTasks(page)).toHaveText(["Milk"]);

  await page.reload();
  await expect(replies(page)).toHaveCount(1);
  await expect(sent(page)).toHaveText(["buy milk"]);
  await expect(openTasks(page)).toHaveText(["Milk"]);
});

test("a failed message can be retried in another tab", async ({ page, context, model }) => {
  await model?.script({ status: 400 });
  await signUp(page, newPerson("Ada"));
  await say(page, "buy milk");
  await expect(page).toHaveURL(/\/c\//);

  const other = await context.newPage();
  await other.goto(page.url());
  await expect(other.getByRole("alert")).toContainText("The assistant couldn't answer this.");
  await model?.script({ text: "Which milk?" });
  await other.getByRole("button", { name: "Retry" }).click();
  await expect(replies(other)).toContainText(["Which milk?"]);
  await expect(sent(other)).toHaveText(["buy milk"]);

  await page.reload();
  await expect(replies(page)).toContainText(["Which milk?"]);
  await expect(page.getByRole("button", { name: "Retry" })).toHaveCount(0);
});

test("another tab shows that an answer is pending, and follows without being used", async ({
  page,
  context,
  model,
}) => {
  await model?.script({ text: "Hello." }, { text: "Here it is.", held: true });
  await signUp(page, newPerson("Ada"));
  await ask(page, "hello");
  const other = await context.newPage();
  await other.goto(page.url());
  await expect(replies(other)).toHaveCount(1);
  await page.bringToFront();

  await say(page, "and now?");
  await expect(sent(other)).toHaveText(["hello", "and now?"]);
  await expect(other.getByText("Thinking…")).toBeAttached();
  await expect(other.getByText("No reply yet.")).toHaveCount(0);

  await model?.release();
  await expect(replies(other)).toHaveText(["Hello.", "Here it is."]);
  await expect(replies(page)).toHaveText(["Hello.", "Here it is."]);
});

test("a new conversation can be left and found again while its first message is answered", async ({ page, model }) => {
  await model?.script({ text: "Here it is.", held: true });
  await signUp(page, newPerson("Ada"));
  await say(page, "where is it?");
  await page.getByRole("link", { name: "New chat" }).click();
  await expect(sent(page)).toHaveCount(0);

  await page.getByRole("link", { name: "Where is it?", exact: true }).click();
  await expect(sent(page)).toHaveText(["where is it?"]);
  await expect(page.getByText("Thinking…")).toBeAttached();
  await model?.release();
  await expect(replies(page)).toHaveText(["Here it is."]);
});

test("changes made before a failure are shown and not repeated", async ({ page, model }) => {
  await model?.script(
    { calls: [{ name: "add_task", arguments: { title: "Milk", description: null } }] },
    { status: 400 },
  );
  await signUp(page, newPerson("Ada"));
  await say(page, "buy milk");
  await expect(sent(page)).toContainText(["Added Milk"]);
  await expect(openTasks(page)).toHaveText(["Milk"]);
  await model?.script({ text: "Done." });
  await page.getByRole("button", { name: "Retry" }).click();
  await expect(replies(page)).toContainText(["Done."]);
  await expect(openTasks(page)).toHaveText(["Milk"]);
});

test("a message that is too long for the model can be continued in a new conversation", async ({ page, model }) => {
  await model?.script({ text: "Hello." }, { status: 413 }, { status: 413 });
  await signUp(page, newPerson("Ada"));
  await ask(page, "hello");
  await say(page, "a long story");
  await expect(page.getByRole("alert")).toContainText("This is too long for the assistant.");
  await page.getByRole("button", { name: "Continue in a new conversation" }).click();
  await expect(page.getByRole("heading", { name: "What needs doing, Ada?" })).toBeVisible();
  await expect(messageBox(page)).toHaveValue("a long story");
  await expect(messageBox(page)).toBeFocused();
});
