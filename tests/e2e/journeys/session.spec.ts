import {
  ask,
  fillSignUp,
  messageBox,
  newPerson,
  openAccount,
  openTasks,
  replies,
  say,
  sent,
  signIn,
  signOut,
  signUp,
} from "../people.ts";
import { expect, test } from "../test.ts";

test("an access token is renewed before it expires", async ({ page }) => {
  const statuses: number[] = [];
  let issued = 0;
  page.on("response", (response) => {
    if (response.url().includes("/api/auth/token")) issued += 1;
    else if (response.url().endsWith("/chat")) statuses.push(response.status());
  });
  await page.clock.install();
  await signUp(page, newPerson("Ada"));
  await ask(page, "add milk");
  expect(issued).toBe(1);
  await page.clock.fastForward("05:00");
  await ask(page, "add eggs");
  expect(issued).toBe(2);
  expect(statuses).toEqual([200, 200]);
});

test("a rejected access token is renewed once without an error", async ({ page }) => {
  const statuses: number[] = [];
  page.on("response", (response) => {
    if (response.url().endsWith("/chat")) statuses.push(response.status());
  });
  await signUp(page, newPerson("Ada"));
  await ask(page, "add milk");
  const withInvalidToken = (headers: object) => ({ ...headers, authorization: "Bearer invalid" });
  await page.route("**/chat", (route) => route.continue({ headers: withInvalidToken(route.request().headers()) }), {
    times: 1,
  });
  await ask(page, "add eggs");
  expect(statuses).toEqual([200, 401, 200]);
  await expect(openTasks(page)).toHaveText(["milk", "eggs"]);
  await expect(page.getByRole("alert")).toHaveCount(0);
});

test("an ended session leads to sign-in and back, and keeps the draft", async ({ page, context }) => {
  const ada = newPerson("Ada");
  await signUp(page, ada);
  await ask(page, "add milk");
  const conversation = page.url();
  await messageBox(page).fill("and what I was about to say");

  await context.clearCookies();
  await page.reload();
  await signIn(page, ada);
  await expect(page).toHaveURL(conversation);
  await expect(messageBox(page)).toHaveValue("and what I was about to say");
  await expect(replies(page)).toHaveCount(1);
});

test("a message that finds the session ended is sent after signing in", async ({ page, context }) => {
  const ada = newPerson("Ada");
  await page.clock.install();
  await signUp(page, ada);
  await ask(page, "add milk");
  await context.clearCookies();
  await page.clock.fastForward("05:00");
  await say(page, "add eggs");
  await signIn(page, ada);
  await expect(replies(page)).toHaveCount(2);
  await expect(openTasks(page)).toHaveText(["milk", "eggs"]);
});

test("the first message of a conversation is sent after signing in too", async ({ page, context }) => {
  const ada = newPerson("Ada");
  await page.clock.install();
  await signUp(page, ada);
  await ask(page, "add milk");
  await page.getByRole("link", { name: "New chat" }).click();
  await context.clearCookies();
  await page.clock.fastForward("05:00");
  await say(page, "add eggs");
  await signIn(page, ada);
  await expect(sent(page)).toHaveText(["add eggs"]);
  await expect(replies(page)).toHaveCount(1);
  await expect(page).toHaveURL(/\/c\//);
  await expect(openTasks(page)).toHaveText(["milk", "eggs"]);
});

test("a session ended on another device leads from the account page to sign-in and back", async ({
  page,
  database,
}) => {
  const ada = newPerson("Ada");
  await signUp(page, ada);
  await openAccount(page);
  await expect(page.getByText("This device")).toBeVisible(); // Otherwise the list of devices would notice first.
  await database.query('delete from auth.session using auth."user" u where u.id = "userId" and u.email = $1', [
    ada.email,
  ]);
  await page.getByRole("button", { name: "Save name" }).click();
  await page.getByRole("textbox", { name: "Email" }).fill(ada.email);
  await page.getByRole("textbox", { name: "Password" }).fill(ada.password);
  await page.keyboard.press("Enter");
  await expect(page.getByRole("heading", { name: "Your account" })).toBeFocused();
  await page.getByRole("button", { name: "Save name" }).click();
  await expect(page.getByText("Name saved.")).toBeVisible();
});

test("nothing is done in the name of another user who has signed in", async ({ page, context, browser, stack }) => {
  await page.clock.install();
  await signUp(page, newPerson("Ada"));
  await ask(page, "add milk");
  const bobsContext = await browser.newContext({ baseURL: stack.url });
  const bobs = await bobsContext.newPage();
  await signUp(bobs, newPerson("Bob"));
  await context.addCookies(await bobsContext.cookies()); // The page does not know yet.

  await page.clock.fastForward("05:00"); // Ada's token has expired. The next one is Bob's.
  await say(page, "add eggs");
  await expect(page.getByRole("button", { name: "Account: Bob" })).toBeVisible();
  await expect(page.getByRole("heading", { name: "Conversation not found" })).toBeVisible();
  await bobs.reload();
  await expect(bobs.getByText("Nothing to do yet.")).toBeVisible();
  await bobsContext.close();
});

test("the next user sees nothing of the previous one", async ({ page, context }) => {
  await signUp(page, newPerson("Ada"));
  await ask(page, "add a secret present");
  await messageBox(page).fill("a secret draft");
  await page.getByRole("button", { name: "Delete a secret present" }).click();
  await expect(page.getByText("Deleted a secret present")).toBeVisible();
  await page.getByRole("button", { name: "Account" }).click();
  await page.getByRole("menuitem", { name: "Sign out" }).click();
  await expect(page.getByRole("textbox", { name: "Email" })).toBeFocused();
  await expect(page.getByText("You've signed out.")).toBeVisible();
  await page.evaluate(() => window.dispatchEvent(new Event("blur"))); // Toasts stay while the window has no focus.
  await expect(page.getByText("a secret present")).toHaveCount(0);
  await page.getByRole("link", { name: "Create an account" }).click();

  const bob = newPerson("Bob");
  await page.getByRole("textbox", { name: "Name" }).fill(bob.name);
  await page.getByRole("textbox", { name: "Email" }).fill(bob.email);
  await page.getByRole("textbox", { name: "Password" }).fill(bob.password);
  await page.getByRole("button", { name: "Create account" }).click();
  await expect(page.getByRole("heading", { name: "What needs doing, Bob?" })).toBeVisible();
  await expect(page.getByText("Nothing to do yet.")).toBeVisible();
  const kept = await context.storageState();
  expect(JSON.stringify(kept.origins) + (await page.evaluate(() => JSON.stringify(sessionStorage)))).not.toContain(
    "secret",
  );
});

test("signing out signs out other tabs", async ({ page, context }) => {
  await signUp(page, newPerson("Ada"));
  await ask(page, "add milk");
  const tab = await context.newPage();
  await tab.goto(page.url());
  await messageBox(tab).fill("half a secret");

  await signOut(page);

  // Without any action in the other tab.
  await expect(tab.getByText("You signed out in another tab.")).toBeVisible();
  await expect(tab.getByRole("alert")).toHaveCount(0);
  expect(await tab.evaluate(() => JSON.stringify(sessionStorage))).not.toContain("secret");
});

test("wrong passwords and existing accounts are explained", async ({ page, context }) => {
  const ada = newPerson("Ada");
  await signUp(page, ada);
  await context.clearCookies();
  await page.goto("/sign-in");
  await page.getByRole("textbox", { name: "Email" }).fill(ada.email);
  await page.getByRole("textbox", { name: "Password" }).fill("not the password");
  await page.getByRole("button", { name: "Sign in" }).click();
  await expect(page.getByRole("alert")).toHaveText("Incorrect email or password.");
  await fillSignUp(page, ada);
  await expect(page.getByRole("alert")).toHaveText("An account with this email already exists. Sign in instead.");
});
