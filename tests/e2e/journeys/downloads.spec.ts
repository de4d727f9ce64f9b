import { readFile } from "node:fs/promises";
import { type Download, expect, type Page } from "@playwright/test";
import { ask, newPerson, openAccount, signUp } from "../people.ts";
import { test } from "../test.ts";

async function downloading(page: Page, click: () => Promise<void>): Promise<Download> {
  const download = page.waitForEvent("download");
  await click();
  return download;
}

const textOf = async (download: Download) => readFile(await download.path(), "utf8");

test("a conversation is downloaded as Markdown, and the tasks as CSV", async ({ page, context }) => {
  await signUp(page, newPerson("Ada"));
  await ask(page, "add Brötchen");
  const actions = page.getByRole("button", { name: "Actions for Add Brötchen" });
  const downloadIt = page.getByRole("menuitem", { name: "Download as Markdown" });
  await actions.click();
  const conversation = await downloading(page, () => downloadIt.click());
  expect(conversation.suggestedFilename()).toMatch(/^taskchat-add-brötchen-\d{4}-\d\d-\d\d\.md$/);
  const zone = await page.evaluate(() => Intl.DateTimeFormat().resolvedOptions().timeZone);
  const moment = String.raw`\d{4}-\d\d-\d\d \d\d:\d\d`;
  expect(await textOf(conversation)).toMatch(
    new RegExp(
      `^# Add Brötchen\n\nTimes are in ${zone}\\.\n\n## You · ${moment}\n\n> add Brötchen\n\n` +
        `## Assistant · ${moment}\n\n> .+\n\n- Added \\*\\*Brötchen\\*\\*\n$`,
    ),
  );
  await expect(actions).toBeFocused();

  await context.setOffline(true);
  await actions.press("Enter");
  await downloadIt.press("Enter");
  await expect(page.getByRole("region", { name: "Notifications" })).toContainText("Taskchat isn't responding.");
  await context.setOffline(false);

  await openAccount(page);
  const tasks = await downloading(page, () => page.getByRole("button", { name: "Tasks as CSV" }).click());
  expect(tasks.suggestedFilename()).toMatch(/^taskchat-tasks-\d{4}-\d\d-\d\d\.csv$/);
  expect(await textOf(tasks)).toMatch(/^\ufeff"id","title",.*\r\n"[^"]+","Brötchen",.*\r\n$/);
  await expect(page.getByText("Your tasks have been downloaded.")).toBeVisible();
});
