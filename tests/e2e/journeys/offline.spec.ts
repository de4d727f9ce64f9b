import type { BrowserContext, Page } from "@playwright/test";
import {
  ask,
  messageBox,
  newPerson,
  openTasks,
  replies,
  say,
  sent,
  signIn,
  signInDirectly,
  signUp,
} from "../people.ts";
import { expect, test } from "../test.ts";

test.use({ serviceWorkers: "allow" });

const SCREENS = { desktop: { width: 1280, height: 800 }, phone: { width: 390, height: 844 } };

const pendingTasks = (page: Page) => page.getByRole("list", { name: "Tasks being added" }).getByRole("listitem");
const refused = (page: Page) =>
  page.getByRole("list", { name: "Changes that couldn't be saved" }).getByRole("listitem");
const toast = (page: Page, text: string) => page.getByRole("dialog").filter({ hasText: text });

/** Opens a panel, unless it is docked. */
async function open(page: Page, panel: "tasks" | "conversations"): Promise<void> {
  const button = page.getByRole("button", { name: `Show ${panel}` });
  const docked = page.getByRole(panel === "tasks" ? "heading" : "navigation", { name: panel, exact: false });
  await expect(button.or(docked).first()).toBeVisible();
  if (await button.isVisible()) await button.click();
}

async function closeDrawer(page: Page): Promise<void> {
  const close = page.getByRole("button", { name: "Close" });
  if (await close.isVisible()) await close.click();
}

async function addTasks(page: Page, ...titles: string[]): Promise<void> {
  for (const title of titles) {
    await page.getByRole("textbox", { name: "Add a task" }).fill(title);
    await page.keyboard.press("Enter");
  }
}

async function edit(page: Page, title: string, newTitle: string): Promise<void> {
  await page.getByRole("button", { name: `Edit ${title}` }).click();
  await page.getByRole("textbox", { name: "Title" }).fill(newTitle);
  await page.keyboard.press("Enter");
}

/** Opens the address of a page in a new tab, and closes the page. */
async function reopen(page: Page, context: BrowserContext): Promise<Page> {
  const next = await context.newPage();
  const viewport = page.viewportSize();
  if (viewport) await next.setViewportSize(viewport);
  const address = page.url();
  await page.close();
  await next.goto(address);
  return next;
}

/** The pages are stored for offline visits. */
const storedPages = (page: Page) => page.evaluate(async () => void (await navigator.serviceWorker.ready));

const conversations = (page: Page) => page.getByRole("navigation", { name: "Conversations" });

async function deleteConversation(page: Page, title: string): Promise<void> {
  await conversations(page)
    .getByRole("button", { name: `Actions for ${title}` })
    .click();
  await page.getByRole("menuitem", { name: "Delete" }).click();
}

for (const [device, viewport] of Object.entries(SCREENS)) {
  test.describe(`on a ${device}`, () => {
    test.use({ viewport });

    test("what is done offline survives the tab, and arrives once and in order", async ({ page, context }) => {
      await signUp(page, newPerson("Ada"));
      await ask(page, "add A1, B2");
      await open(page, "tasks");
      await expect(openTasks(page)).toHaveCount(2);
      await storedPages(page);
      await context.setOffline(true);
      await page.getByRole("checkbox", { name: "A1" }).click();
      await edit(page, "B2", "B2 and more");
      await addTasks(page, "C3", "D4");
      await expect(pendingTasks(page)).toHaveText(["C3", "D4"]);
      await closeDrawer(page);
      await say(page, "add E5");
      await expect(page.getByText("Waiting for a connection…")).toBeVisible();

      const next = await reopen(page, context);
      await expect(next.getByText("You're offline.")).toBeVisible();
      await expect(sent(next)).toHaveText(["add A1, B2", "add E5"]);
      await expect(next.getByText("Waiting for a connection…")).toBeVisible();
      await open(next, "tasks");
      await expect(openTasks(next)).toHaveText(["A1", "B2 and more"]);
      await expect(next.getByRole("checkbox", { name: "A1" })).toBeChecked();
      await expect(pendingTasks(next)).toHaveText(["C3", "D4"]);

      await context.setOffline(false);
      await expect(openTasks(next)).toHaveCount(4);
      await expect(pendingTasks(next)).toHaveCount(0);
      await closeDrawer(next);
      await expect(replies(next)).toHaveCount(2);
      await next.reload();
      await expect(replies(next)).toHaveCount(2);
      await expect(sent(next)).toHaveText(["add A1, B2", "add E5"]);
      await open(next, "tasks");
      await expect(openTasks(next)).toHaveCount(4);
      await expect(openTasks(next).filter({ hasText: /^[CD]/ })).toHaveText(["C3", "D4"]);
      await expect(openTasks(next).first()).toHaveText("B2 and more");
    });

    test("what the server refuses can be retried, kept as a new task, or discarded", async ({
      page,
      context,
      database,
    }) => {
      const ada = newPerson("Ada");
      await signUp(page, ada);
      await open(page, "tasks");
      await addTasks(page, "A1", "B2", "C3");
      await expect(openTasks(page)).toHaveText(["A1", "B2", "C3"]);
      await context.setOffline(true);
      await edit(page, "A1", "A1 with words");
      await page.getByRole("checkbox", { name: "B2" }).click();
      await page.getByRole("button", { name: "Delete C3" }).click();
      await database.query("delete from chat.task where user_id = (select id from auth.user where email = $1)", [
        ada.email,
      ]);

      await context.setOffline(false);
      await expect(refused(page)).toHaveCount(2);
      await expect(refused(page).first()).toContainText("Couldn't change “A1 with words”: This task no longer exists.");
      await refused(page).first().getByRole("button", { name: "Add as a new task" }).click();
      await expect(openTasks(page)).toHaveText(["A1 with words"]);
      await refused(page).getByRole("button", { name: "Retry" }).click();
      await expect(refused(page)).toContainText("Couldn't change “B2”");
      await refused(page).getByRole("button", { name: "Discard" }).click();
      await expect(refused(page)).toHaveCount(0);
      await page.reload();
      await open(page, "tasks");
      await expect(openTasks(page)).toHaveText(["A1 with words"]);
      await expect(refused(page)).toHaveCount(0);
    });

    test("deleted conversations can be brought back, one by one", async ({ page }) => {
      await signUp(page, newPerson("Ada"));
      await ask(page, "add milk");
      await open(page, "conversations");
      await page.getByRole("link", { name: "New chat" }).click();
      await ask(page, "add eggs");
      await open(page, "conversations");
      await deleteConversation(page, "add milk");
      await expect(conversations(page).getByRole("listitem")).toHaveText(["Add eggs"]);
      await deleteConversation(page, "add eggs"); // The one that is shown.
      await expect(page.getByRole("heading", { name: "New chat" })).toBeVisible();
      await open(page, "conversations");
      await expect(conversations(page).getByText("No conversations yet.")).toBeVisible();

      await toast(page, "Deleted add milk").getByRole("button", { name: "Undo" }).click();
      await expect(conversations(page).getByRole("listitem")).toHaveText(["Add milk"]);
      await toast(page, "Deleted add eggs").getByRole("button", { name: "Undo" }).click();
      await expect(page.getByRole("heading", { name: "add eggs" })).toBeVisible();
      await page.reload();
      await open(page, "conversations");
      await expect(conversations(page).getByRole("listitem")).toHaveText(["Add eggs", "Add milk"]);
    });

    test("a conversation that was never opened says so, and loads when the connection returns", async ({
      page,
      context,
      browser,
      stack,
    }) => {
      const ada = newPerson("Ada");
      await signUp(page, ada);
      const otherDevice = await browser.newContext({ baseURL: stack.url });
      const elsewhere = await otherDevice.newPage();
      await signInDirectly(elsewhere, ada);
      await ask(elsewhere, "add milk");
      await otherDevice.close();
      await page.reload();
      await open(page, "conversations");
      await expect(conversations(page).getByRole("listitem")).toHaveText(["Add milk"]);
      await context.setOffline(true);
      await page.getByRole("link", { name: "Add milk", exact: true }).click();
      await expect(page.getByRole("heading", { name: "You're offline" })).toBeVisible();

      await context.setOffline(false);
      await expect(replies(page)).toHaveCount(1);
    });
  });
}

test("while nothing answers, changes and messages wait", async ({ page, stack }) => {
  await signUp(page, newPerson("Ada"));
  await ask(page, "add A1");
  await stack.restart(async () => {
    await page.getByRole("checkbox", { name: "A1" }).click();
    await addTasks(page, "B2");
    await say(page, "add C3");
    await expect(page.getByText("Taskchat isn't responding. Messages and changes are saved here")).toBeVisible();
    await expect(page.getByText("Taskchat isn't responding. Still trying…")).toBeVisible();
    await page.reload();
    await expect(pendingTasks(page)).toHaveText(["B2"]);
    await expect(sent(page)).toHaveText(["add A1", "add C3"]);
  });
  await expect(replies(page)).toHaveCount(2, { timeout: 30_000 });
  await expect(openTasks(page)).toHaveCount(2, { timeout: 40_000 });
  await expect(openTasks(page).filter({ hasText: "A1" })).toHaveCount(0);
  await expect(page.getByText("isn't responding")).toHaveCount(0);
});

test("two tabs send what both of them have collected, once", async ({ page, context }) => {
  await signUp(page, newPerson("Ada"));
  const other = await context.newPage();
  await other.goto("/");
  await expect(messageBox(other)).toBeVisible();
  await context.setOffline(true);
  await addTasks(page, "A1");
  await addTasks(other, "B2");
  await addTasks(page, "C3");
  await expect(pendingTasks(other)).toHaveText(["A1", "B2", "C3"]);
  await say(other, "add D4");

  const posts: string[] = [];
  context.on("request", (request) => {
    if (request.method() === "POST" && request.url().includes("/api/"))
      posts.push(new URL(request.url()).pathname.replace(/.*\//, ""));
  });
  await context.setOffline(false);
  await expect(replies(other)).toHaveCount(1);
  await expect(openTasks(page)).toHaveCount(4);
  await expect(openTasks(other)).toHaveCount(4);
  expect(posts.filter((name) => name === "tasks")).toHaveLength(3);
  expect(posts.filter((name) => name === "chat")).toHaveLength(1);
  await expect(openTasks(page).filter({ hasNotText: "D4" })).toHaveText(["A1", "B2", "C3"]);
});

test("closing the tab right after deleting a conversation deletes it", async ({ page, context, database }) => {
  await signUp(page, newPerson("Ada"));
  await ask(page, "add milk");
  const id = page.url().split("/").at(-1);
  const other = await context.newPage();
  await deleteConversation(page, "add milk");
  await expect(conversations(page).getByText("No conversations yet.")).toBeVisible();
  await page.close({ runBeforeUnload: true });
  await expect(async () => {
    const { rowCount } = await database.query("select 1 from chat.conversation where id = $1", [id]);
    expect(rowCount).toBe(0);
  }).toPass();
  await other.goto("/");
  await expect(conversations(other).getByText("No conversations yet.")).toBeVisible();
});

test("a deletion that was lost with its tab is sent on the next visit", async ({ page, context }) => {
  await signUp(page, newPerson("Ada"));
  await ask(page, "add milk");
  await storedPages(page);
  await context.setOffline(true);
  await deleteConversation(page, "add milk");
  const next = await reopen(page, context);
  await context.setOffline(false);
  await next.goto("/");
  await expect(conversations(next).getByText("No conversations yet.")).toBeVisible();
  await expect
    .poll(() => next.evaluate(() => Object.keys(localStorage).filter((key) => key.includes(".change."))))
    .toEqual([]);
});

test("signing out asks about what is unsent, and leaves nothing behind", async ({ page }) => {
  const ada = newPerson("Ada");
  await signUp(page, ada);
  await ask(page, "add milk");
  await page.route("**/tasks", (route) => (route.request().method() === "POST" ? route.abort() : route.continue()));
  await addTasks(page, "a secret");
  await page.getByRole("button", { name: "Account" }).click();
  await page.getByRole("menuitem", { name: "Sign out" }).click();
  const dialog = page.getByRole("dialog", { name: "Sign out with unsent changes?" });
  await dialog.getByRole("button", { name: "Stay signed in" }).click();
  await expect(pendingTasks(page)).toHaveText(["a secret"]);

  await page.getByRole("button", { name: "Account" }).click();
  await page.getByRole("menuitem", { name: "Sign out" }).click();
  await dialog.getByRole("button", { name: "Sign out" }).click();
  await expect(page.getByRole("heading", { name: "Welcome back" })).toBeVisible();
  await expect.poll(() => page.evaluate(storedHere)).toEqual({ entries: [], local: [], session: [] });

  await page.unroute("**/tasks");
  await signIn(page, ada);
  await expect(openTasks(page)).toHaveText(["milk"]);
});

/** What the page has stored. Runs in the page. */
async function storedHere() {
  const opening = indexedDB.open("taskchat");
  const database = await new Promise<IDBDatabase>((resolve) => {
    opening.onsuccess = () => resolve(opening.result);
  });
  const reading = database.transaction("queries").objectStore("queries").getAll();
  const entries = await new Promise<unknown[]>((resolve) => {
    reading.onsuccess = () => resolve(reading.result);
  });
  database.close();
  return { entries, local: Object.keys(localStorage), session: Object.keys(sessionStorage) };
}

test("a task that is deleted while it is edited keeps what was typed", async ({ page, context }) => {
  await signUp(page, newPerson("Ada"));
  await addTasks(page, "A1", "B2");
  await page.getByRole("button", { name: "Edit A1" }).click();
  await page.getByRole("textbox", { name: "Title" }).fill("A1 with many words");
  const other = await context.newPage();
  await other.goto("/");
  await ask(other, "delete A1");
  await expect(page.getByText("This task was deleted meanwhile.")).toBeVisible();
  await expect(page.getByRole("textbox", { name: "Title" })).toHaveValue("A1 with many words");
  await page.getByRole("button", { name: "Add as a new task" }).click();
  await expect(openTasks(page)).toHaveText(["B2", "A1 with many words"]);
});
