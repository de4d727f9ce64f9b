import { ask, messageBox, newPerson, replies, say, sent, signUp } from "../people.ts";
import { expect, test } from "../test.ts";

const ADD_MILK = { calls: [{ name: "add_task", arguments: { title: "Milk", description: null } }] };
const PHONE = { width: 390, height: 844 };
const DESKTOP = { width: 1280, height: 800 };

for (const [screen, viewport] of Object.entries({ desktop: DESKTOP, phone: PHONE })) {
  test.describe(`on a ${screen}`, () => {
    test.use({ viewport });

    test("a first message is stopped, and its text comes back", async ({ page, model }) => {
      await model?.script({ text: "never", held: true });
      await signUp(page, newPerson("Ada"));
      await say(page, "buy milk");
      await model?.arrival();
      await page.getByRole("button", { name: "Stop" }).click();
      await expect(page.getByRole("list", { name: "Examples" })).toBeVisible();
      await expect(messageBox(page)).toHaveValue("buy milk");
      await expect(messageBox(page)).toBeFocused();
      await expect(page).toHaveURL(/\/$/);
      await model?.release();

      await model?.script({ text: "Which milk?" });
      await page.getByRole("button", { name: "Send" }).click();
      await expect(replies(page)).toHaveText(["Which milk?"]);
      await page.reload();
      await expect(sent(page)).toHaveText(["buy milk"]);
    });

    test("a message whose tools were called is stopped and stays", async ({ page, model }) => {
      await model?.script({ text: "Hello." }, ADD_MILK, { text: "never", held: true });
      await signUp(page, newPerson("Ada"));
      await ask(page, "hello");
      await say(page, "buy milk");
      await model?.arrival();
      await messageBox(page).press("Escape");
      await expect(replies(page)).toContainText(["Hello.", "Stopped without an answer."]);
      await expect(replies(page).last()).toContainText("Added Milk");
      await expect(messageBox(page)).toHaveValue("");
      await model?.release();
      await page.reload();
      await expect(sent(page)).toHaveText(["hello", "buy milk"]);
      await expect(page.getByRole("button", { name: "Retry" })).toHaveCount(0);
    });
  });
}

test("Enter while an answer is pending says why nothing is sent", async ({ page, model }) => {
  await model?.script({ text: "Hello.", held: true });
  await signUp(page, newPerson("Ada"));
  await say(page, "hello");
  await say(page, "and now?");
  await expect(page.getByText("Still answering.")).toBeVisible();
  await expect(messageBox(page)).toHaveValue("and now?");
  await model?.release();
  await expect(replies(page)).toHaveText(["Hello."]);
  await expect(page.getByText("Still answering.")).toBeHidden();
});

test("a failed message is discarded after a reload, or in another tab", async ({ page, context, model }) => {
  await model?.script({ text: "Hello." }, { status: 400 }, { status: 400 });
  await signUp(page, newPerson("Ada"));
  await ask(page, "hello");
  await say(page, "fail");
  await expect(page.getByRole("alert")).toContainText("The assistant couldn't answer this.");
  await page.reload();
  await page.getByRole("button", { name: "Discard" }).click();
  await expect(sent(page)).toHaveText(["hello"]);
  await expect(messageBox(page)).toBeFocused();

  await say(page, "fail again");
  await expect(page.getByRole("alert")).toContainText("The assistant couldn't answer this.");
  const other = await context.newPage();
  await other.goto(page.url());
  await other.getByRole("button", { name: "Discard" }).click();
  await expect(sent(other)).toHaveText(["hello"]);
  await page.reload();
  await expect(replies(page)).toHaveText(["Hello."]);
});

test("a message is stopped from another tab", async ({ page, context, model }) => {
  await model?.script({ text: "Hello." }, { text: "never", held: true });
  await signUp(page, newPerson("Ada"));
  await ask(page, "hello");
  const other = await context.newPage();
  await other.goto(page.url());
  await say(page, "stop this");
  await expect(sent(other)).toHaveText(["hello", "stop this"]);
  await model?.arrival();
  await other.getByRole("button", { name: "Stop" }).click();
  await expect(sent(other)).toHaveText(["hello"]);
  await expect(sent(page)).toHaveText(["hello"]);
  await expect(page.getByRole("alert")).toHaveCount(0);
  await model?.release();
});

test("a new conversation is in the list at once", async ({ page, model }) => {
  await model?.script({ text: "Hello.", held: true });
  await signUp(page, newPerson("Ada"));
  const arrives = Promise.withResolvers<void>();
  await page.route("**/chat", async (route) => {
    await arrives.promise;
    return route.continue();
  });
  await say(page, "hello");
  const link = page.getByRole("link", { name: /^hello$/i });
  await expect(link).toHaveCount(1);
  await expect(link).toHaveAttribute("aria-current", "page");
  arrives.resolve();
  await model?.release();
  await expect(replies(page)).toHaveText(["Hello."]);
  await expect(link).toHaveCount(1);
});

test.describe("on a phone", () => {
  test.use({ viewport: PHONE });

  test("Back closes an open drawer, and a new chat is one tap away", async ({ page, model }) => {
    await model?.script({ text: "Hello." });
    await signUp(page, newPerson("Ada"));
    await ask(page, "hello");
    const url = page.url();
    for (const name of ["Show conversations", "Show tasks"]) {
      await page.getByRole("button", { name }).click();
      await expect(page.getByRole("dialog")).toBeVisible();
      await page.goBack();
      await expect(page.getByRole("dialog")).toHaveCount(0);
      expect(page.url()).toBe(url);
    }
    await page.getByRole("button", { name: "Show conversations" }).click();
    await page.getByRole("dialog").getByRole("button", { name: "Close" }).click();
    await expect(page.getByRole("dialog")).toHaveCount(0);
    await page.getByRole("link", { name: "New chat" }).click();
    await expect(page.getByRole("list", { name: "Examples" })).toBeVisible();

    await page.getByRole("button", { name: "Show conversations" }).click();
    await page.getByRole("dialog").getByRole("link", { name: "Hello", exact: true }).click();
    await expect(page.getByRole("dialog")).toHaveCount(0);
    await expect(replies(page)).toHaveText(["Hello."]);
    await page.goBack();
    await expect(page.getByRole("list", { name: "Examples" })).toBeVisible();
    await expect(page.getByRole("dialog")).toHaveCount(0);
  });
});

test("a message says when it was sent", async ({ page, model }) => {
  await model?.script({ text: "Hello." });
  await signUp(page, newPerson("Ada"));
  await ask(page, "hello");
  const year = String(new Date().getUTCFullYear());
  for (const message of await page.getByRole("list", { name: "Messages" }).getByRole("listitem").all()) {
    await message.hover();
    const time = message.locator("time");
    await expect(time).toBeVisible();
    await expect(time).toHaveCSS("opacity", "1");
    await expect(time).toHaveAttribute("title", new RegExp(year));
  }
});
