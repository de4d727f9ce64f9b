import { devices, type Page } from "@playwright/test";
import type { Client } from "pg";
import { ask, messageBox, newPerson, replies, signUp } from "../people.ts";
import { expect, test } from "../test.ts";

const conversations = (page: Page) => page.getByRole("navigation", { name: "Conversations" });

const results = (page: Page) => conversations(page).getByRole("list", { name: "Results" }).getByRole("listitem");

/** Asks one thing, and stores a long talk below it whose second question names a zebra. */
async function talkLong(page: Page, database: Client): Promise<void> {
  await messageBox(page).fill("add milk");
  await page.getByRole("button", { name: "Send" }).click();
  await expect(replies(page)).toHaveCount(1);
  const id = page.url().split("/").at(-1);
  await database.query(
    `insert into chat.message (id, conversation_id, user_id, turn, role, content, idempotency_key, runs)
     select gen_random_uuid(), id, user_id, turn, role,
       case when turn = 2 and role = 'user' then 'Is the zebra <b>striped</b>?' else 'Message of turn ' || turn end,
       case role when 'user' then id::text || turn end, case role when 'user' then 1 end
     from chat.conversation, generate_series(2, 60) turn, unnest(array['user', 'assistant']) role where id = $1`,
    [id],
  );
  await database.query("update chat.conversation set last_turn = 60 where id = $1", [id]);
}

test("an old message is found by its words, and shown", async ({ page, database }) => {
  await signUp(page, newPerson("Ada"));
  await talkLong(page, database);
  await page.goto("/");
  await conversations(page).getByRole("searchbox").fill("STRIPED zeb");
  await expect(results(page)).toHaveCount(1);
  await expect(results(page).getByText("Is the zebra <b>striped</b>?")).toBeVisible();
  await expect(results(page).locator("mark")).toHaveText(["zeb", "striped"]);

  await results(page).getByRole("link").click();
  await expect(page.getByRole("article", { name: "You" }).getByText("Is the zebra")).toBeInViewport();
  await expect(page.getByText("Message of turn 60").last()).not.toBeInViewport();
  await conversations(page).getByRole("searchbox").fill("giraffe");
  await expect(conversations(page).getByText("No matching conversations.")).toBeVisible();
});

/** Holds back the answers of searches. */
async function delaySearches(page: Page, urls = /\/conversations\?q=/) {
  const { promise, resolve } = Promise.withResolvers<void>();
  await page.route(urls, async (route) => {
    await promise;
    await route.continue();
  });
  return resolve;
}

test("while a search is not answered, no other one's results are shown for it", async ({ page, database }) => {
  await signUp(page, newPerson("Ada"));
  await talkLong(page, database);
  const search = conversations(page).getByRole("searchbox");
  const none = conversations(page).getByText("No matching conversations.");
  await search.fill("giraffe");
  await expect(none).toBeVisible();
  await page.route(/\/conversations\?q=zeb$/, (route) =>
    route.fulfill({ status: 500, contentType: "application/problem+json", body: '{"code":"internal_error"}' }),
  );
  const answer = await delaySearches(page, /\/conversations\?q=zebra$/);

  await search.fill("zeb");
  await expect(conversations(page).getByRole("alert")).toBeVisible();
  await expect(none).toHaveCount(0);

  const asked = page.waitForRequest(/\?q=zebra$/);
  await search.fill("zebra");
  await asked;
  await expect(conversations(page).getByRole("alert")).toHaveCount(0);
  await expect(results(page)).toHaveCount(0);
  await expect(none).toHaveCount(0);
  answer();
  await expect(results(page).locator("mark")).toHaveText("zebra");
});

test("while a search is not answered, a deleted conversation of the one before is not its answer", async ({
  page,
  database,
}) => {
  await signUp(page, newPerson("Ada"));
  await talkLong(page, database);
  const search = conversations(page).getByRole("searchbox");
  await search.fill("zebra");
  await expect(results(page)).toHaveCount(1);
  await conversations(page).getByRole("button", { name: "Actions for Add milk" }).click();
  await page.getByRole("menuitem", { name: "Delete" }).click();
  await expect(conversations(page).getByText("No matching conversations.")).toBeVisible();

  const answer = await delaySearches(page, /\/conversations\?q=giraffe$/);
  const asked = page.waitForRequest(/\?q=giraffe$/);
  await search.fill("giraffe");
  await asked;
  await expect(conversations(page).getByText("No matching conversations.")).toHaveCount(0);
  answer();
  await expect(conversations(page).getByText("No matching conversations.")).toBeVisible();
});

test("offline, a search says that it needs a connection, and is answered when there is one", async ({
  page,
  database,
}) => {
  await signUp(page, newPerson("Ada"));
  await talkLong(page, database);
  await page.context().setOffline(true);
  await conversations(page).getByRole("searchbox").fill("zebra");
  await expect(conversations(page).getByRole("alert")).toContainText("Check your connection");
  await page.context().setOffline(false);
  await expect(results(page).locator("mark")).toHaveText("zebra");
});

test("until a search is answered, nothing is shown as its result", async ({ page, database }) => {
  await signUp(page, newPerson("Ada"));
  await talkLong(page, database);
  const answer = await delaySearches(page);
  const asked = page.waitForRequest(/\/conversations\?q=/);
  await conversations(page).getByRole("searchbox").fill("zebra");
  await asked;
  await expect(conversations(page).getByRole("list", { name: "Today" })).toBeVisible();
  await expect(results(page)).toHaveCount(0);
  answer();
  await expect(results(page).locator("mark")).toHaveText("zebra");
});

test("Enter in the palette opens no conversation that its text didn't find", async ({ page, database }) => {
  await signUp(page, newPerson("Ada"));
  await talkLong(page, database);
  await messageBox(page).press("ControlOrMeta+Shift+O");
  const answer = await delaySearches(page);
  await page.keyboard.press("ControlOrMeta+K");
  const palette = page.getByRole("dialog", { name: "Search and commands" });
  await expect(palette.getByRole("option", { name: "Add milk" })).toBeVisible();
  await expect(palette.getByRole("combobox")).toBeFocused();
  await page.keyboard.type("giraffe");
  await page.keyboard.press("Enter");
  await expect(palette).toBeVisible();
  answer();
  await expect(palette.getByText("Nothing found.")).toBeVisible();
  await expect(page).toHaveURL("/");
});

test("Enter in the palette runs a command while conversations are still searched", async ({ page, database }) => {
  await signUp(page, newPerson("Ada"));
  await talkLong(page, database);
  const answer = await delaySearches(page);
  await page.keyboard.press("ControlOrMeta+K");
  const palette = page.getByRole("dialog", { name: "Search and commands" });
  await expect(palette.getByRole("option", { name: "Add milk" })).toBeVisible();
  await expect(palette.getByRole("combobox")).toBeFocused();
  const asked = page.waitForRequest(/\/conversations\?q=/);
  await page.keyboard.type("dark");
  await expect(palette.getByRole("option")).toHaveText(["Use the dark theme"]);
  await asked;
  await expect(palette.getByRole("option")).toHaveText(["Use the dark theme"]);
  await expect(palette.getByRole("option")).toHaveAttribute("data-highlighted", "");
  await page.keyboard.press("Enter");
  await expectDark(page);
  answer();
});

test.describe("on a phone", () => {
  const { viewport, userAgent, hasTouch, isMobile, deviceScaleFactor } = devices["Pixel 7"];
  test.use({ viewport, userAgent, hasTouch, isMobile, deviceScaleFactor });

  test("an old message is found and shown", async ({ page, database }) => {
    await signUp(page, newPerson("Ada"));
    await talkLong(page, database);
    await page.goto("/");
    await page.getByRole("button", { name: "Show conversations" }).click();
    await conversations(page).getByRole("searchbox").fill("zebra");
    await results(page).getByRole("link").tap();
    await expect(page.getByRole("article", { name: "You" }).getByText("Is the zebra")).toBeInViewport();
  });

  test("the theme is chosen in the account menu and survives a reload", async ({ page }) => {
    await signUp(page, newPerson("Ada"));
    await page.getByRole("button", { name: "Show conversations" }).click();
    await page.getByRole("button", { name: "Account" }).click();
    await page.getByRole("menuitemradio", { name: "Dark" }).click();
    await expectDark(page);
    await page.reload();
    await expectDark(page);
  });
});

async function expectDark(page: Page): Promise<void> {
  await expect(page.locator("body")).toHaveCSS("background-color", "rgb(25, 25, 23)");
  await expect(page.locator("html")).toHaveCSS("color-scheme", "dark");
  for (const meta of await page.locator('meta[name="theme-color"]').all()) {
    await expect(meta).toHaveAttribute("content", "#191917");
  }
}

test("the theme is there before the page's own code", async ({ page }) => {
  await page.goto("/sign-in");
  await page.evaluate(() => localStorage.setItem("theme", "dark"));
  await page.route("**/assets/*.js", (route) => route.abort());
  await page.reload();
  await expectDark(page);
});

test("everything in the palette works by keyboard", async ({ page, database }) => {
  await signUp(page, newPerson("Ada"));
  await talkLong(page, database);
  await page.keyboard.press("ControlOrMeta+Shift+O");
  await expect(page.getByRole("heading", { name: "What needs doing, Ada?" })).toBeVisible();
  const palette = page.getByRole("dialog", { name: "Search and commands" });
  const option = (name: string | RegExp) => palette.getByRole("option", { name });

  const openPalette = async () => {
    await page.keyboard.press("ControlOrMeta+K");
    await expect(palette.getByRole("combobox")).toBeFocused();
  };

  await openPalette();
  await page.keyboard.type("zebra");
  await expect(option(/Is the zebra/)).toHaveAttribute("data-highlighted", "");
  await page.keyboard.press("Enter");
  await expect(page.getByRole("article", { name: "You" }).getByText("Is the zebra")).toBeInViewport();
  await expect(messageBox(page)).toBeFocused();

  await openPalette();
  await page.keyboard.type("dark");
  await expect(option("Use the dark theme")).toHaveAttribute("data-highlighted", "");
  await page.keyboard.press("Enter");
  await expectDark(page);
  await expect(messageBox(page)).toBeFocused();

  await openPalette();
  await page.keyboard.type("show tasks");
  await expect(option("Show tasks")).toHaveAttribute("data-highlighted", "");
  await page.keyboard.press("Enter");
  await expect(page.getByRole("textbox", { name: "Add a task" })).toBeFocused();

  await openPalette();
  await page.keyboard.type("shortcuts");
  await expect(option("Keyboard shortcuts")).toHaveAttribute("data-highlighted", "");
  await page.keyboard.press("Enter");
  await expect(page.getByRole("dialog", { name: "Keyboard shortcuts" })).toBeVisible();
  await page.keyboard.press("Escape");
  await expect(page.getByRole("dialog")).toHaveCount(0);

  await openPalette();
  await page.keyboard.press("Escape");
  await expect(palette).toHaveCount(0);
});

test("conversations are grouped by date", async ({ page, database }) => {
  await signUp(page, newPerson("Ada"));
  const now = new Date();
  const noon = (days: number) =>
    new Date(Date.UTC(now.getUTCFullYear(), now.getUTCMonth(), now.getUTCDate() - days, 12));
  await ask(page, "add milk");
  const id = page.url().split("/").at(-1);
  for (const days of [0, 1, 5, 20]) {
    await database.query(
      `insert into chat.conversation (id, user_id, title, updated_at)
       select gen_random_uuid(), user_id, $2, $3 from chat.conversation where id = $1`,
      [id, `${days} days ago`, noon(days)],
    );
  }
  await page.clock.setFixedTime(noon(0));
  await page.reload();
  await expect(conversations(page).getByRole("heading", { level: 2 })).toHaveText([
    "Today",
    "Yesterday",
    "Previous 7 days",
    "Previous 30 days",
  ]);
  await expect(conversations(page).getByRole("list", { name: "Yesterday" }).getByRole("listitem")).toHaveText([
    "1 days ago",
  ]);
});
