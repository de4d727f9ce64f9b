import { once } from "node:events";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import type { Page } from "@playwright/test";
import { ask, messageBox, newPerson, openTasks, replies, say, sent, signUp, waitOnClock } from "../people.ts";
import { expect, test } from "../test.ts";

/** Skips the wait before the next attempt. */
async function skipWait(page: Page): Promise<void> {
  await expect(page.getByText("Still trying…")).toBeVisible();
  await page.clock.runFor("00:02");
}

test("a lost answer is fetched again, and nothing is done twice", async ({ page }) => {
  await page.clock.install();
  await signUp(page, newPerson("Ada"));
  const keys: (string | undefined)[] = [];
  await page.route("**/chat", async (route) => {
    keys.push(route.request().headers()["idempotency-key"]);
    if (keys.length > 1) return route.continue();
    await route.fetch(); // The server has answered, but the answer does not reach the page.
    await route.abort("connectionreset");
  });
  await say(page, "add milk, eggs and bread");
  await skipWait(page);
  await expect(replies(page)).toHaveCount(1);
  await expect(openTasks(page)).toHaveText(["milk", "eggs", "bread"]);
  await expect(sent(page)).toHaveCount(1);
  expect(keys).toHaveLength(2);
  expect(keys[0]).toBe(keys[1]);
});

test("a truncated answer is fetched again, and nothing is done twice", async ({ page }) => {
  const breaking = createServer((_request, response) => {
    response.writeHead(200, { "content-type": "application/json", "content-length": 1000 });
    response.write('{"conversation_id":', () => response.destroy());
  });
  breaking.listen(0, "127.0.0.1");
  await once(breaking, "listening");
  await page.clock.install();
  await signUp(page, newPerson("Ada"));
  let posts = 0;
  await page.route("**/chat", async (route) => {
    posts += 1;
    if (posts > 1) return route.continue();
    await route.fetch(); // The server has answered.
    return route.continue({ url: `http://127.0.0.1:${(breaking.address() as AddressInfo).port}/chat` });
  });
  await say(page, "add milk, eggs and bread");
  await skipWait(page);
  await expect(replies(page)).toHaveCount(1);
  await expect(openTasks(page)).toHaveText(["milk", "eggs", "bread"]);
  await expect(sent(page)).toHaveCount(1);
  expect(posts).toBe(2);
  breaking.close();
});

test("a message that is pending during a reload is answered once", async ({ page }) => {
  await signUp(page, newPerson("Ada"));
  const answered = Promise.withResolvers<void>();
  let posts = 0;
  await page.route("**/chat", async (route) => {
    posts += 1;
    if (posts > 1) return route.continue();
    await route.fetch();
    answered.resolve(); // The answer never reaches the page.
  });
  await say(page, "add milk, eggs and bread");
  await answered.promise;
  await page.reload();
  await expect(replies(page)).toHaveCount(1);
  await expect(sent(page)).toHaveCount(1);
  await expect(openTasks(page)).toHaveText(["milk", "eggs", "bread"]);
  await expect(page).toHaveURL(/\/c\//);
});

const waitForFailure = (page: Page) =>
  waitOnClock(page, page.getByRole("alert").filter({ hasText: "We're having trouble right now." }));

/** As the api answers without its database. */
const breakDatabase = (page: Page) =>
  page.route("**/chat", (route) =>
    route.fulfill({
      status: 503,
      contentType: "application/problem+json",
      body: JSON.stringify({ status: 503, code: "database_unavailable", detail: "Try again." }),
    }),
  );

test("during an outage, a message waits for Retry and the draft stays", async ({ page }) => {
  await page.clock.install();
  await signUp(page, newPerson("Ada"));
  await breakDatabase(page);
  await say(page, "add milk");
  await messageBox(page).fill("the next thing");
  await expect(page.getByText("Still trying…")).toBeVisible();
  await waitForFailure(page);

  await page.unroute("**/chat");
  await page.getByRole("button", { name: "Retry" }).click();
  await expect(replies(page)).toHaveCount(1);
  await expect(openTasks(page)).toHaveText(["milk"]);
  await expect(messageBox(page)).toHaveValue("the next thing");
});

test("a new conversation whose message could not be sent is in the list, and nowhere else", async ({ page }) => {
  await page.clock.install();
  await signUp(page, newPerson("Ada"));
  await ask(page, "add milk");
  await page.getByRole("link", { name: "New chat" }).click();
  await breakDatabase(page);
  await say(page, "add eggs");
  await waitForFailure(page);
  await page.unroute("**/chat");
  await page.getByRole("link", { name: "Add milk", exact: true }).click();
  await expect(sent(page)).toHaveText(["add milk"]);

  await page.getByRole("link", { name: "New chat" }).click();
  await expect(page.getByRole("list", { name: "Examples" })).toBeVisible();
  await expect(sent(page)).toHaveCount(0);
  await page.getByRole("link", { name: "add eggs Not sent" }).click();
  await expect(sent(page)).toContainText(["add eggs"]);
  await page.reload();
  await page.getByRole("button", { name: "Retry" }).click();
  await expect(replies(page)).toHaveCount(1);
  await expect(page).toHaveURL(/\/c\//);
  await expect(openTasks(page)).toHaveText(["milk", "eggs"]);
  await expect(page.getByRole("link", { name: "add eggs" })).toHaveCount(1);
});

test("a message that waits for a connection can be stopped without one", async ({ page }) => {
  await signUp(page, newPerson("Ada"));
  await page.route("**/chat", (route) => route.abort());
  await say(page, "add eggs");
  await expect(page.getByText("Still trying")).toBeVisible();
  await page.getByRole("button", { name: "Stop" }).click();
  await expect(page.getByText("No conversations yet.")).toBeVisible();
  await expect(sent(page)).toHaveCount(0);
  await expect(messageBox(page)).toBeFocused();
  await expect(messageBox(page)).toHaveValue("add eggs");
});

test("a conversation that is deleted while it answers leaves no text behind", async ({ page }) => {
  await signUp(page, newPerson("Ada"));
  await ask(page, "add milk");
  const held = Promise.withResolvers<void>();
  await page.route("**/chat", async (route) => {
    await held.promise;
    return route.continue();
  });
  await say(page, "add eggs");
  await page.getByRole("button", { name: "Actions for add milk" }).click();
  const deleted = page.waitForResponse((response) => response.request().method() === "DELETE");
  await page.getByRole("menuitem", { name: "Delete" }).click();
  await expect(page.getByText("No conversations yet.")).toBeVisible();
  await deleted;
  const refused = page.waitForResponse((response) => response.status() === 404);
  held.resolve();
  await refused;
  await expect(messageBox(page)).toHaveValue("");
  await expect(sent(page)).toHaveCount(0);
});

test("a message for a deleted conversation becomes the draft of a new one", async ({ page, context }) => {
  await signUp(page, newPerson("Ada"));
  await say(page, "add milk");
  await expect(replies(page)).toHaveCount(1);

  const other = await context.newPage();
  await other.goto(page.url());
  await other.getByRole("button", { name: "Actions for add milk" }).click();
  // Sent by either tab once the offer to undo it has ended.
  const deleted = context.waitForEvent("response", (response) => response.request().method() === "DELETE");
  await other.getByRole("menuitem", { name: "Delete" }).click();
  await expect(other.getByText("No conversations yet.")).toBeVisible();
  await deleted;

  await say(page, "add eggs");
  await expect(page.getByRole("heading", { name: "Conversation not found" })).toBeVisible();
  await page.getByRole("link", { name: "Start a new chat" }).click();
  await expect(messageBox(page)).toHaveValue("add eggs");
});

test("text typed in a deleted conversation becomes the draft of a new one", async ({ page, context }) => {
  await signUp(page, newPerson("Ada"));
  await ask(page, "add milk");
  await messageBox(page).fill("add eggs");

  const other = await context.newPage();
  await other.goto(page.url());
  await other.getByRole("button", { name: "Actions for add milk" }).click();
  const deleted = context.waitForEvent("response", (response) => response.request().method() === "DELETE");
  await other.getByRole("menuitem", { name: "Delete" }).click();
  await deleted;

  await page.reload();
  await expect(page.getByRole("heading", { name: "Conversation not found" })).toBeVisible();
  await page.getByRole("link", { name: "Start a new chat" }).click();
  await expect(messageBox(page)).toHaveValue("add eggs");
});

test.describe("in Tokyo", () => {
  test.use({ timezoneId: "Asia/Tokyo" });

  test("a message carries the time zone", async ({ page }) => {
    await signUp(page, newPerson("Ada"));
    const request = page.waitForRequest("**/chat");
    await say(page, "add milk");
    expect((await request).headers()["time-zone"]).toBe("Asia/Tokyo");
    await expect(openTasks(page)).toHaveText(["milk"]);
  });
});
