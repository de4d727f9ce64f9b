import { ask, newPerson, replies, say, sent, signUp } from "../people.ts";
import { expect, test } from "../test.ts";

test.use({ settings: { MODEL_TOKENS_PER_USER_PER_DAY: "2" } });

test("a message beyond today's allowance stays, and Retry sends it the next day", async ({ page, model, database }) => {
  await model?.script({ text: "Hello." }); // two tokens
  await signUp(page, newPerson("Ada"));
  await ask(page, "hello");
  const posted: string[] = [];
  page.on("request", (request) => {
    if (request.method() === "POST" && request.url().endsWith("/chat")) posted.push(request.url());
  });
  await say(page, "and more");
  await expect(page.getByRole("alert")).toContainText(
    /Today's allowance is used up\. It renews tomorrow at 12:00\sAM\./,
  );

  await page.reload();
  await expect(sent(page)).toContainText(["hello", "and more"]);
  await expect(page.getByRole("alert")).toContainText("Today's allowance is used up.");
  expect(posted).toHaveLength(1);

  await database.query("update chat.owner set tokens_used_on = tokens_used_on - 1");
  await model?.script({ text: "More." });
  await page.getByRole("button", { name: "Retry" }).click();
  await expect(replies(page)).toContainText(["Hello.", "More."]);
  await expect(page.getByRole("alert")).toHaveCount(0);
});
