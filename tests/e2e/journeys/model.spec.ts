import { newPerson, openTasks, replies, say, sent, signUp } from "../people.ts";
import { expect, test } from "../test.ts";

test.use({ assistant: "model" });

test("a message that the model fails stays, and Retry answers it once", async ({ page, model }) => {
  await model?.script({ status: 400 });
  await signUp(page, newPerson("Ada"));
  await say(page, "buy milk");
  await expect(page.getByRole("alert")).toContainText("The assistant's model could not answer this.");
  await expect(page).toHaveURL(/\/c\//);

  await page.reload();
  await expect(page.getByRole("alert")).toContainText("The assistant's model could not answer this.");
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

test("a message that failed can be answered from another tab, which knows of it by the server only", async ({
  page,
  context,
  model,
}) => {
  await model?.script({ status: 400 });
  await signUp(page, newPerson("Ada"));
  await say(page, "buy milk");
  await expect(page).toHaveURL(/\/c\//);

  const other = await context.newPage();
  await other.goto(page.url());
  // It may be on its way to an answer over there, so that this is no cause for alarm.
  await expect(other.getByText("No answer to this yet.")).toBeVisible();
  await expect(other.getByRole("alert")).toHaveCount(0);
  await model?.script({ text: "Which milk?" });
  await other.getByRole("button", { name: "Ask again" }).click();
  await expect(replies(other)).toContainText(["Which milk?"]);
  await expect(sent(other)).toHaveText(["buy milk"]);

  await page.reload();
  await expect(replies(page)).toContainText(["Which milk?"]);
  await expect(page.getByRole("button", { name: "Retry" })).toHaveCount(0);
});

test("what was done before the model failed is shown, and not done again", async ({ page, model }) => {
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
