import { createHmac } from "node:crypto";
import { readFileSync } from "node:fs";
import path from "node:path";
import type { Page } from "@playwright/test";
import type { Client } from "pg";
import { linkTo, type Mailbox } from "../mailbox.ts";
import { ask, fillSignIn, fillSignUp, messageBox, newPerson, openAccount, type Person, signIn } from "../people.ts";
import { expect, test } from "../test.ts";

test.use({ mail: true });

const confirm = (page: Page) => page.getByRole("button", { name: "Confirm my address" }).click();

/** On the page that a link led to. */
async function confirmAndSignIn(page: Page, person: Person): Promise<void> {
  await confirm(page);
  await expect(page.getByText("Your address is confirmed. Sign in to go on.")).toBeVisible();
  await signIn(page, person);
}

/** Signs up, confirms the address and signs in. */
async function begin(page: Page, person: Person, mailbox: Mailbox): Promise<void> {
  await fillSignUp(page, person);
  await page.goto(await linkTo(mailbox, person.email, "/verify-email"));
  await confirmAndSignIn(page, person);
}

async function isConfirmed(database: Client, { email }: Person): Promise<boolean> {
  const { rows } = await database.query('select "emailVerified" from auth."user" where email = $1', [email]);
  return rows[0].emailVerified;
}

/** What a link had in it that nobody opened in time. */
function expiredToken(email: string, data: string): string {
  const secret = readFileSync(path.join(data, "secrets", "better_auth_secret"), "utf8").trim();
  const encoded = [{ alg: "HS256" }, { email, iat: 1, exp: 2 }].map((part) =>
    Buffer.from(JSON.stringify(part)).toString("base64url"),
  );
  const signed = encoded.join(".");
  return `${signed}.${createHmac("sha256", secret).update(signed).digest("base64url")}`;
}

test("an account begins with a click on the page that the link in a mail leads to", async ({
  page,
  context,
  mailbox,
  database,
}) => {
  const ada = newPerson("Ada");
  await fillSignUp(page, ada);
  await expect(page.getByRole("heading", { name: "Look into your mailbox" })).toBeFocused();
  await expect(page.getByText(ada.email)).toBeVisible();
  await page.reload();
  const first = await linkTo(mailbox, ada.email, "/verify-email");
  await page.getByRole("button", { name: "Send it again" }).click();
  await expect(page.getByText("Asked for once more.")).toBeVisible();
  await linkTo(mailbox, ada.email, "/verify-email", 1);

  const opened = await context.newPage();
  const confirmations: string[] = [];
  opened.on("request", (request) => {
    if (request.url().includes("/api/auth/verify-email")) confirmations.push(request.method());
  });
  await opened.goto(first);
  await expect(opened.getByRole("heading", { name: "Confirm your address" })).toBeFocused();

  // Having opened the link is not enough: who signs in now is sent to the mailbox again.
  await page.getByRole("link", { name: "Back to sign-in" }).click();
  await fillSignIn(page, ada);
  await expect(page.getByRole("heading", { name: "Look into your mailbox" })).toBeFocused();
  expect(confirmations).toEqual([]);
  expect(await isConfirmed(database, ada)).toBe(false);

  await confirm(opened);
  const signInPage = opened.getByRole("heading", { name: "Welcome back" });
  await expect(signInPage).toBeFocused();
  await expect(signInPage).toHaveAccessibleDescription("Your address is confirmed. Sign in to go on.");
  expect(await isConfirmed(database, ada)).toBe(true);
  expect((await context.cookies()).filter(({ name }) => name.includes("session_token"))).toEqual([]);
  await signIn(opened, ada);
  const devTools = await context.newCDPSession(opened);
  const { entries } = await devTools.send("Page.getNavigationHistory");
  expect(entries.map(({ url }) => url).filter((url) => url.includes("token"))).toEqual([]);
  await openAccount(opened);
  await expect(opened.getByText("Confirmed", { exact: true })).toBeVisible();

  // The page that waited goes on as soon as somebody looks at it.
  await page.bringToFront();
  await page.evaluate(() => document.dispatchEvent(new Event("visibilitychange", { bubbles: true })));
  await expect(messageBox(page)).toBeVisible();
});

test("a link that was used leads to sign-in, and one that cannot be used to another one", async ({
  page: phone,
  stack,
  mailbox,
}) => {
  const ada = newPerson("Ada");
  await fillSignUp(phone, ada);
  const link = await linkTo(mailbox, ada.email, "/verify-email");
  for (let times = 0; times < 2; times++) {
    await phone.goto(link);
    await confirm(phone);
    await expect(phone.getByText("Your address is confirmed. Sign in to go on.")).toBeVisible();
  }

  await phone.goto("/verify-email#token=not.a.token");
  await confirm(phone);
  await expect(phone.getByText("It was used already, has run out, or is incomplete.")).toBeVisible();
  await expect(phone).not.toHaveURL(/#/);
  const bob = newPerson("Bob");
  await fillSignUp(phone, bob);
  await linkTo(mailbox, bob.email, "/verify-email");
  await phone.goto(`/verify-email#token=${expiredToken(bob.email, stack.data)}`);
  await confirm(phone);
  await expect(phone.getByText("It has run out.")).toBeVisible();
  await phone.getByRole("textbox", { name: "E-mail" }).fill(bob.email);
  await phone.getByRole("button", { name: "Send a new link" }).click();
  await expect(phone.getByRole("heading", { name: "Look into your mailbox" })).toBeVisible();
  await phone.goto(await linkTo(mailbox, bob.email, "/verify-email", 1));
  await confirmAndSignIn(phone, bob);
});

test("a link confirms somebody else's address without signing anybody in or out", async ({
  page,
  browser,
  stack,
  mailbox,
  database,
}) => {
  const ada = newPerson("Ada");
  await begin(page, ada, mailbox);
  const elsewhere = await browser.newContext({ baseURL: stack.url });
  const bob = newPerson("Bob");
  await fillSignUp(await elsewhere.newPage(), bob);
  await elsewhere.close();

  await page.goto(await linkTo(mailbox, bob.email, "/verify-email"));
  await confirm(page);
  await expect(page.getByRole("heading", { name: "Your address is confirmed" })).toBeFocused();
  await expect(page.getByText(`In this browser ${ada.email} is signed in, as before.`)).toBeVisible();
  expect(await isConfirmed(database, bob)).toBe(true);
  await page.getByRole("link", { name: "Go on to the chats" }).click();
  await openAccount(page);
  await expect(page.getByText(ada.email)).toBeVisible();
});

test("an address from before mail was sent is confirmed from the account page", async ({ page, mailbox, database }) => {
  const ada = newPerson("Ada");
  await begin(page, ada, mailbox);
  await database.query('update auth."user" set "emailVerified" = false where email = $1', [ada.email]);
  await openAccount(page);
  await page.reload();
  await expect(page.getByText("Not confirmed")).toBeVisible();
  await page.getByRole("button", { name: "Send a link to confirm it" }).click();
  await expect(page.getByText("Look into your mailbox.")).toBeVisible();
  await page.goto(await linkTo(mailbox, ada.email, "/verify-email", 1));
  await confirm(page);
  await expect(page.getByRole("heading", { name: "Your address is confirmed" })).toBeFocused();
  await page.getByRole("link", { name: "Go on to the chats" }).click();
  await openAccount(page);
  await expect(page.getByText("Confirmed", { exact: true })).toBeVisible();
  await expect(page.getByRole("button", { name: "Send a link to confirm it" })).toHaveCount(0);
});

test("who finds that a stranger signed up with their address takes the account by a new password", async ({
  page,
  browser,
  stack,
  mailbox,
}) => {
  const ada = newPerson("Ada");
  const stranger = { ...ada, password: crypto.randomUUID() };
  const elsewhere = await browser.newContext({ baseURL: stack.url });
  const theirs = await elsewhere.newPage();
  await fillSignUp(theirs, stranger);

  await page.goto(await linkTo(mailbox, ada.email, "/verify-email"));
  await confirm(page);
  await fillSignIn(page, ada);
  await expect(page.getByRole("alert")).toHaveText("This e-mail address and password do not fit together.");
  await theirs.goto("/sign-in");
  await signIn(theirs, stranger);

  await page.getByRole("link", { name: "Forgot your password?" }).click();
  await page.getByRole("textbox", { name: "E-mail" }).fill(ada.email);
  await page.getByRole("button", { name: "Send the link" }).click();
  await page.goto(await linkTo(mailbox, ada.email, "/reset-password"));
  await page.getByRole("textbox", { name: "New password" }).fill(ada.password);
  await page.keyboard.press("Enter");
  await expect(page.getByText("Your new password is set.")).toBeVisible();
  await signIn(page, ada);

  await theirs.reload();
  await fillSignIn(theirs, stranger);
  await expect(theirs.getByRole("alert")).toBeVisible();
  await elsewhere.close();
});

test("a forgotten password is replaced by mail, once, and all devices are signed out", async ({
  page,
  browser,
  stack,
  mailbox,
}) => {
  const ada = newPerson("Ada");
  await begin(page, ada, mailbox);
  const elsewhere = await browser.newContext({ baseURL: stack.url });
  const phone = await elsewhere.newPage();
  await phone.goto("/sign-in");
  await phone.getByRole("link", { name: "Forgot your password?" }).click();
  await phone.getByRole("textbox", { name: "E-mail" }).fill(ada.email);
  await phone.getByRole("button", { name: "Send the link" }).click();
  await expect(phone.getByRole("heading", { name: "Look into your mailbox" })).toBeFocused();
  const words = await phone.getByRole("main").innerText();

  const link = await linkTo(mailbox, ada.email, "/reset-password");
  await phone.goto(link);
  await expect(phone).not.toHaveURL(/#/);
  const newPassword = crypto.randomUUID();
  await phone.getByRole("textbox", { name: "New password" }).fill(newPassword);
  await phone.keyboard.press("Enter");
  await expect(phone.getByText("Your new password is set.")).toBeVisible();
  await signIn(phone, { ...ada, password: newPassword });
  await page.reload();
  await expect(page.getByRole("heading", { name: "Welcome back" })).toBeVisible();

  await page.goto(link);
  await page.getByRole("textbox", { name: "New password" }).fill("yet another password");
  await page.keyboard.press("Enter");
  await expect(page.getByRole("heading", { name: "This link does not work any more" })).toBeFocused();

  // Nobody learns here who has an account.
  await page.getByRole("link", { name: "Have another one sent" }).click();
  const nobody = newPerson("Nobody");
  await page.getByRole("textbox", { name: "E-mail" }).fill(nobody.email);
  await page.keyboard.press("Enter");
  await expect(page.getByRole("heading", { name: "Look into your mailbox" })).toBeVisible();
  expect((await page.getByRole("main").innerText()).replace(nobody.email, ada.email)).toBe(words);
  await elsewhere.close();
});

test("GitHub and Google are led to, and what comes back from there is told in words", async ({ page }) => {
  await page.route(/^https:\/\/(github\.com|accounts\.google\.com)\//, async (route) => {
    const asked = new URL(route.request().url());
    const back = new URL(asked.searchParams.get("redirect_uri") ?? "");
    back.searchParams.set("state", asked.searchParams.get("state") ?? "");
    back.searchParams.set("error", back.pathname.endsWith("github") ? "access_denied" : "<b onclick=alert(1)>");
    await route.fulfill({ status: 302, headers: { location: back.href } });
  });
  await page.goto("/sign-up");
  await page.getByRole("button", { name: "Continue with GitHub" }).click();
  await expect(page.getByRole("alert")).toHaveText("You did not allow it, so nothing has changed.");
  await page.getByRole("button", { name: "Continue with Google" }).click();
  await expect(page.getByRole("alert")).toContainText("Signing in with that account did not work.");
  await expect(page.locator("b")).toHaveCount(0);
});

test("who has no password deletes their account soon after signing in", async ({ page, mailbox, database }) => {
  const ada = newPerson("Ada");
  await begin(page, ada, mailbox);
  await ask(page, "add milk");
  // As if she had come from GitHub, an hour ago.
  await database.query(
    `update auth.account set "providerId" = 'github', password = null
      where "userId" = (select id from auth."user" where email = $1)`,
    [ada.email],
  );
  const setAge = (age: string) =>
    database.query(
      `update auth.session set "createdAt" = now() - $2::interval
        where "userId" = (select id from auth."user" where email = $1)`,
      [ada.email, age],
    );
  await setAge("1 hour");
  await openAccount(page);
  await expect(page.getByText("you sign in with GitHub")).toBeVisible();
  await page.getByRole("button", { name: "Delete account…" }).click();
  const dialog = page.getByRole("dialog", { name: "Delete your account?" });
  await expect(dialog.getByRole("textbox")).toHaveCount(0);
  await dialog.getByRole("button", { name: "Delete account" }).click();
  await expect(dialog.getByRole("alert")).toContainText("sign in again");
  await setAge("1 minute");
  await dialog.getByRole("button", { name: "Delete account" }).click();
  await expect(page.getByRole("heading", { name: "Welcome back" })).toBeVisible();
  const { rows } = await database.query('select from auth."user" where email = $1', [ada.email]);
  expect(rows).toEqual([]);
});
