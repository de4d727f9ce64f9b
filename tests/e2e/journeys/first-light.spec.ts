import { newPerson, say, signUp } from "../people.ts";
import { expect, test } from "../test.ts";

test("tasks that were added by chat are still there after a reload", async ({ page }) => {
  await signUp(page, newPerson("Ada"));
  await say(page, "add milk, eggs and bread");

  const tasks = page.getByRole("list", { name: "Open tasks" }).getByRole("listitem");
  await expect(tasks).toHaveCount(3);
  await expect(tasks).toContainText([/milk/i, /eggs/i, /bread/i]);
  await expect(page).toHaveURL(/\/c\/[0-9a-f-]{36}$/);

  await page.reload();
  await expect(tasks).toContainText([/milk/i, /eggs/i, /bread/i]);
  await expect(page.getByRole("article", { name: "You" })).toHaveText("add milk, eggs and bread");
  await expect(page.getByRole("article", { name: "Assistant" })).toHaveCount(1);
});
