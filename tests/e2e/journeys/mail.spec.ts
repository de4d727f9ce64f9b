import { createHmac } from "node:crypto";
import { readFileSync } from "node:fs";
import path from "node:path";
import type { Page } from "@playwright/test";
import type { Client } from "pg";
import { linkTo, type Mailbox } from "../mailbox.ts";
import {
  ask,
  fillSignIn,
  fillSignUp,
  messageBox,
  newPerson,
  openAccount,
  type Person,
  signIn,
  signInDirectly,
} from "../people.ts";
import { expect, test } from "../test.ts";

test.use({ mail: true });

const confirm = (page: Page) => page.getByRole("button", { name: "Confirm email" }).click();

async function confirmAndSignIn(page: Page, person: Person): Promise<void> {
  await confirm(page);
  await expect(page.getByText("Email confirmed. Sign in to continue.")).toBeVisible();
  await signIn(page, person);
}

/** Signs up, confirms the email and signs in, all over HTTP. */
async function register(page: Page, person: Person, mailbox: Mailbox): Promise<void> {
  const { request } = page.context();
  await request.post("/api/auth/sign-up/email", { data: person });
  const { hash } = new URL(await linkTo(mailbox, person.email, "/verify-email"));
  await request.get(`/api/auth/verify-email?${hash.slice(1)}`);
  await signInDirectly(page, person);
}

async function isConfirmed(database: Client, { email }: Person): Promise<boolean> {
  const { rows } = await database.query('select "emailVerified" from auth."user" where email = $1', [email]);
  return rows[0].emailVerified;
}

/** The token of an expired link. */
function expiredToken(email: string, data: string): string {
  const secret = readFileSync(path.join(data, "secrets", "better_auth_secret"), "utf8").trim();
  const encoded = [{ alg: "HS256" }, { email, iat: 1, exp: 2 }].map((part) =>
    Buffer.from(JSON.stringify(part)).toString("base64url"),
  );
  const signed = encoded.join(".");
  return `${signed}.${createHmac("sha256", secret).update(signed).digest("base64url")}`;
}

test("an account starts once its email is confirmed by a click", async ({ page, context, mailbox, database }) => {
  const ada = newPerson("Ada");
  await fillSignUp(page, ada);
  await expect(page.getByRole("heading", { name: "Check your inbox" })).toBeFocused();
  await expect(page.getByText(ada.email)).toBeVisible();
  await page.reload();
  const first = await linkTo(mailbox, ada.email, "/verify-email");
  await page.getByRole("button", { name: "Send again" }).click();
  await expect(page.getByText("Sent again.")).toBeVisible();
  await linkTo(mailbox, ada.email, "/verify-email", 1);

  const opened = await context.newPage();
  const confirmations: string[] = [];
  opened.on("request", (request) => {
    if (request.url().includes("/api/auth/verify-email")) confirmations.push(request.method());
  });
  await opened.goto(first);
  await expect(opened.getByRole("heading", { name: "Confirm your email" })).toBeFocused();

  // Opening the link is not enough: signing in still asks to check the inbox.
  await page.getByRole("link", { name: "Back to sign in" }).click();
  await fillSignIn(page, ada);
  await expect(page.getByRole("heading", { name: "Check your inbox" })).toBeFocused();
  expect(confirmations).toEqual([]);
  expect(await isConfirmed(database, ada)).toBe(false);

  await confirm(opened);
  await expect(opened.getByRole("heading", { name: "Welcome back" })).toBeVisible();
  const email = opened.getByRole("textbox", { name: "Email" });
  await expect(email).toBeFocused();
  await expect(email).toHaveAccessibleDescription("Email confirmed. Sign in to continue.");
  expect(await isConfirmed(database, ada)).toBe(true);
  expect((await context.cookies()).filter(({ name }) => name.includes("session_token"))).toEqual([]);
  await signIn(opened, ada);
  const devTools = await context.newCDPSession(opened);
  const { entries } = await devTools.send("Page.getNavigationHistory");
  expect(entries.map(({ url }) => url).filter((url) => url.includes("token"))).toEqual([]);
  await openAccount(opened);
  await expect(opened.getByText("Confirmed", { exact: true })).toBeVisible();

  // The waiting page continues when its tab becomes visible.
  await page.bringToFront();
  await page.evaluate(() => document.dispatchEvent(new Event("visibilitychange", { bubbles: true })));
  await expect(messageBox(page)).toBeVisible();
});

test("a used link leads to sign-in, an invalid or expired one to a new link", async ({
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
    await expect(phone.getByText("Email confirmed. Sign in to continue.")).toBeVisible();
  }

  await phone.goto("/verify-email#token=not.a.token");
  await confirm(phone);
  await expect(phone.getByText("It was already used, has expired or is incomplete.")).toBeVisible();
  await expect(phone).not.toHaveURL(/#/);
  const bob = newPerson("Bob");
  await fillSignUp(phone, bob);
  await linkTo(mailbox, bob.email, "/verify-email");
  await phone.goto(`/verify-email#token=${expiredToken(bob.email, stack.data)}`);
  await confirm(phone);
  await expect(phone.getByText("This link has expired.")).toBeVisible();
  await phone.getByRole("textbox", { name: "Email" }).fill(bob.email);
  await phone.getByRole("button", { name: "Send a new link" }).click();
  await expect(phone.getByRole("heading", { name: "Check your inbox" })).toBeVisible();
  await phone.goto(await linkTo(mailbox, bob.email, "/verify-email", 1));
  await confirmAndSignIn(phone, bob);
});

test("a link for another account confirms it and keeps the session", async ({
  page,
  browser,
  stack,
  mailbox,
  database,
}) => {
  const ada = newPerson("Ada");
  await register(page, ada, mailbox);
  const elsewhere = await browser.newContext({ baseURL: stack.url });
  const bob = newPerson("Bob");
  await fillSignUp(await elsewhere.newPage(), bob);
  await elsewhere.close();

  await page.goto(await linkTo(mailbox, bob.email, "/verify-email"));
  await confirm(page);
  await expect(page.getByRole("heading", { name: "Email confirmed" })).toBeFocused();
  await expect(page.getByText(`You're still signed in as ${ada.email}.`)).toBeVisible();
  expect(await isConfirmed(database, bob)).toBe(true);
  await page.getByRole("link", { name: "Continue to your chats" }).click();
  await openAccount(page);
  await expect(page.getByText(ada.email)).toBeVisible();
});

test("an email from before delivery was set up is confirmed on the account page", async ({
  page,
  mailbox,
  database,
}) => {
  const ada = newPerson("Ada");
  await register(page, ada, mailbox);
  await database.query('update auth."user" set "emailVerified" = false where email = $1', [ada.email]);
  await openAccount(page);
  await page.reload();
  await expect(page.getByText("Not confirmed")).toBeVisible();
  await page.getByRole("button", { name: "Send confirmation link" }).click();
  await expect(page.getByText("Check your inbox.")).toBeVisible();
  await page.goto(await linkTo(mailbox, ada.email, "/verify-email", 1));
  await confirm(page);
  await expect(page.getByRole("heading", { name: "Email confirmed" })).toBeFocused();
  await page.getByRole("link", { name: "Continue to your chats" }).click();
  await openAccount(page);
  await expect(page.getByText("Confirmed", { exact: true })).toBeVisible();
  await expect(page.getByRole("button", { name: "Send confirmation link" })).toHaveCount(0);
});

test("the owner of an email takes over an account that a stranger created with it", async ({
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
  await expect(page.getByRole("alert")).toHaveText("Incorrect email or password.");
  await theirs.goto("/sign-in");
  await signIn(theirs, stranger);

  await page.getByRole("link", { name: "Forgot your password?" }).click();
  await page.getByRole("textbox", { name: "Email" }).fill(ada.email);
  await page.getByRole("button", { name: "Send link" }).click();
  await page.goto(await linkTo(mailbox, ada.email, "/reset-password"));
  await page.getByRole("textbox", { name: "New password" }).fill(ada.password);
  await page.keyboard.press("Enter");
  await expect(page.getByText("Password changed and all devices signed out.")).toBeVisible();
  await signIn(page, ada);

  await theirs.reload();
  await fillSignIn(theirs, stranger);
  await expect(theirs.getByRole("alert")).toBeVisible();
  await elsewhere.close();
});

test("a reset link works once and signs out all devices", async ({ page, browser, stack, mailbox }) => {
  const ada = newPerson("Ada");
  await register(page, ada, mailbox);
  const elsewhere = await browser.newContext({ baseURL: stack.url });
  const phone = await elsewhere.newPage();
  await phone.goto("/sign-in");
  await phone.getByRole("link", { name: "Forgot your password?" }).click();
  await phone.getByRole("textbox", { name: "Email" }).fill(ada.email);
  await phone.getByRole("button", { name: "Send link" }).click();
  await expect(phone.getByRole("heading", { name: "Check your inbox" })).toBeFocused();
  const words = await phone.getByRole("main").innerText();

  const link = await linkTo(mailbox, ada.email, "/reset-password");
  await phone.goto(link);
  await expect(phone).not.toHaveURL(/#/);
  const newPassword = crypto.randomUUID();
  await phone.getByRole("textbox", { name: "New password" }).fill(newPassword);
  await phone.keyboard.press("Enter");
  await expect(phone.getByText("Password changed and all devices signed out.")).toBeVisible();
  await signIn(phone, { ...ada, password: newPassword });
  await page.reload();
  await expect(page.getByRole("heading", { name: "Welcome back" })).toBeVisible();

  await page.goto(link);
  await page.getByRole("textbox", { name: "New password" }).fill("yet another password");
  await page.keyboard.press("Enter");
  await expect(page.getByRole("heading", { name: "This link no longer works" })).toBeFocused();

  // The page does not reveal who has an account.
  await page.getByRole("link", { name: "Send a new link" }).click();
  const nobody = newPerson("Nobody");
  await page.getByRole("textbox", { name: "Email" }).fill(nobody.email);
  await page.keyboard.press("Enter");
  await expect(page.getByRole("heading", { name: "Check your inbox" })).toBeVisible();
  expect((await page.getByRole("main").innerText()).replace(nobody.email, ada.email)).toBe(words);
  await elsewhere.close();
});

test("provider buttons redirect, and errors from providers are explained", async ({ page }) => {
  await page.route(/^https:\/\/(github\.com|accounts\.google\.com)\//, async (route) => {
    const asked = new URL(route.request().url());
    const back = new URL(asked.searchParams.get("redirect_uri") ?? "");
    back.searchParams.set("state", asked.searchParams.get("state") ?? "");
    back.searchParams.set("error", back.pathname.endsWith("github") ? "access_denied" : "<b onclick=alert(1)>");
    await route.fulfill({ status: 302, headers: { location: back.href } });
  });
  await page.goto("/sign-up");
  await page.getByRole("button", { name: "Continue with GitHub" }).click();
  await expect(page.getByRole("alert")).toHaveText("Sign-in was cancelled.");
  await page.getByRole("button", { name: "Continue with Google" }).click();
  await expect(page.getByRole("alert")).toContainText("Sign-in failed.");
  await expect(page.locator("b")).toHaveCount(0);
});

test("deleting an account without a password takes a recent sign-in", async ({ page, mailbox, database }) => {
  const ada = newPerson("Ada");
  await register(page, ada, mailbox);
  await ask(page, "add milk");
  // As if she had signed in with GitHub an hour ago.
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
  await expect(page.getByText("You sign in with GitHub")).toBeVisible();
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
