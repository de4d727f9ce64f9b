import { readFile } from "node:fs/promises";
import type { Browser } from "@playwright/test";
import { linkTo } from "../mailbox.ts";
import {
  ask,
  fillSignUp,
  newPerson,
  openAccount,
  openTasks,
  type Person,
  signIn,
  signInDirectly,
  signUp,
  signUpByForm,
  waitOnClock,
} from "../people.ts";
import { expect, test } from "../test.ts";

const welcome = { name: "Welcome back" };

test("a new name shows everywhere at once", async ({ page }) => {
  const ada = newPerson("Ada");
  await signUp(page, ada);
  await openAccount(page);
  await expect(page.getByText(ada.email)).toBeVisible();
  await expect(page.getByText(/confirm/i)).toHaveCount(0); // email is not set up
  await page.getByRole("textbox", { name: "Name" }).fill("  Augusta  ");
  await page.keyboard.press("Enter");
  await expect(page.getByRole("status")).toContainText(["Name saved."]);
  await page.getByRole("link", { name: "Back to your chats" }).click();
  await expect(page.getByRole("button", { name: "Account: Augusta" })).toBeVisible();
  await page.reload();
  await expect(page.getByRole("heading", { name: "What needs doing, Augusta?" })).toBeVisible();
});

test("a name is saved even if the session cannot be fetched again", async ({ page }) => {
  await page.clock.install();
  await signUp(page, newPerson("Ada"));
  await openAccount(page);
  await page.getByRole("textbox", { name: "Name" }).fill("Augusta");
  await page.route("**/get-session*", (route) => route.abort());
  await page.keyboard.press("Enter");
  await waitOnClock(page, page.getByText("Name saved."));
});

test("changing the password takes the old one and signs out the other devices only", async ({
  page,
  browser,
  stack,
}) => {
  const ada = newPerson("Ada");
  await signUp(page, ada);
  const other = await browser.newContext({ baseURL: stack.url });
  const phone = await other.newPage();
  await signInDirectly(phone, ada);

  await openAccount(page);
  const newPassword = crypto.randomUUID();
  await page.getByRole("textbox", { name: "Current password" }).fill("not the password");
  await page.getByRole("textbox", { name: "New password" }).fill(newPassword);
  await page.getByRole("button", { name: "Change password" }).click();
  await expect(page.getByRole("alert")).toHaveText("That password is incorrect.");
  await page.getByRole("textbox", { name: "Current password" }).fill(ada.password);
  await page.getByRole("button", { name: "Change password" }).click();
  await expect(page.getByText("Password changed.")).toBeVisible();
  await expect(page.getByRole("textbox", { name: "New password" })).toHaveValue("");
  await page.getByRole("link", { name: "Back to your chats" }).click();
  await ask(page, "add milk");

  await phone.reload();
  await expect(phone.getByRole("heading", welcome)).toBeVisible();
  await phone.getByRole("textbox", { name: "Email" }).fill(ada.email);
  await phone.getByRole("textbox", { name: "Password" }).fill(ada.password);
  await phone.getByRole("button", { name: "Sign in" }).click();
  await expect(phone.getByRole("alert")).toHaveText("Incorrect email or password.");
  await signIn(phone, { ...ada, password: newPassword });
  await expect(openTasks(phone)).toHaveText(["milk"]);
  await other.close();
});

test("without email delivery, the reset link is in a file", async ({ page, context, mailbox }) => {
  const ada = newPerson("Ada");
  await signUp(page, ada);
  await context.clearCookies();
  await page.goto("/sign-in");
  await page.getByRole("link", { name: "Forgot your password?" }).click();
  await page.getByRole("textbox", { name: "Email" }).fill(ada.email);
  await page.getByRole("button", { name: "Send link" }).click();
  await expect(page.getByText("Email isn't set up here.")).toBeVisible();
  await page.goto(await linkTo(mailbox, ada.email, "/reset-password"));
  const newPassword = crypto.randomUUID();
  await page.getByRole("textbox", { name: "New password" }).fill(newPassword);
  await page.getByRole("button", { name: "Set password" }).click();
  await signIn(page, { ...ada, password: newPassword });
});

test("a password can be reset while another user is signed in and the session cannot be fetched", async ({
  page,
  context,
  mailbox,
}) => {
  const [ada, bob] = [newPerson("Ada"), newPerson("Bob")];
  await page.clock.install();
  await signUp(page, ada);
  await context.clearCookies();
  await page.goto("/forgot-password");
  await page.getByRole("textbox", { name: "Email" }).fill(ada.email);
  await page.getByRole("button", { name: "Send link" }).click();
  await expect(page.getByText("Email isn't set up here.")).toBeVisible();
  await signUp(page, bob);
  await page.goto(await linkTo(mailbox, ada.email, "/reset-password"));
  await page.getByRole("textbox", { name: "New password" }).fill(crypto.randomUUID());
  await page.route("**/get-session*", (route) => route.abort());
  await page.getByRole("button", { name: "Set password" }).click();
  await waitOnClock(page, page.getByRole("heading", { name: "Password changed" }));
  await expect(page.getByRole("heading", { name: "Password changed" })).toBeFocused();
  await expect(page.getByText("All devices of that account have been signed out.")).toBeVisible();
  await page.unroute("**/get-session*");
  await page.getByRole("link", { name: "Continue to Taskchat" }).click();
  await expect(page.getByRole("button", { name: `Account: ${bob.name}` })).toBeVisible();
});

const FIREFOX = "Mozilla/5.0 (Windows NT 10.0; Win64; x64; rv:145.0) Gecko/20100101 Firefox/145.0";
const IPHONE =
  "Mozilla/5.0 (iPhone; CPU iPhone OS 18_6 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.6 Mobile/15E148 Safari/604.1";

/** Signs in on another device. */
const onAnotherDevice = async (browser: Browser, baseURL: string, userAgent: string, person: Person) => {
  const page = await (await browser.newContext({ baseURL, userAgent })).newPage();
  await signInDirectly(page, person);
  return page;
};

test("a device is logged out from another one", async ({ page, browser, stack }) => {
  const ada = newPerson("Ada");
  await signUp(page, ada);
  await ask(page, "add milk");
  const phone = await onAnotherDevice(browser, stack.url, IPHONE, ada);
  const laptop = await onAnotherDevice(browser, stack.url, FIREFOX, ada);

  await openAccount(page);
  const devices = page.getByRole("list", { name: "Devices" }).getByRole("listitem");
  await expect(devices).toHaveCount(3);
  await expect(devices.first()).toContainText("This device");
  await expect(devices.first().getByRole("button")).toHaveCount(0);
  const logOutPhone = page.getByRole("button", { name: "Log out Safari on iOS" });
  await logOutPhone.click();
  const dialog = page.getByRole("dialog", { name: "Log out Safari on iOS?" });
  await dialog.getByRole("button", { name: "Cancel" }).click();
  await expect(logOutPhone).toBeFocused();
  await page.keyboard.press("Enter");
  await dialog.getByRole("button", { name: "Log out" }).click();

  await expect(page.locator(":focus")).toHaveText("Device logged out.");
  await expect(devices).toHaveCount(2);
  await phone.reload();
  await expect(phone.getByRole("heading", welcome)).toBeVisible();
  await laptop.reload();
  await expect(openTasks(laptop)).toHaveText(["milk"]);
  for (const other of [phone, laptop]) await other.context().close();
});

test("logging out of all other devices takes the password if the sign-in is not recent", async ({
  page,
  browser,
  stack,
  database,
}) => {
  const ada = newPerson("Ada");
  await signUp(page, ada);
  const phone = await onAnotherDevice(browser, stack.url, IPHONE, ada);
  const laptop = await onAnotherDevice(browser, stack.url, FIREFOX, ada);
  await database.query(
    `update auth.session set "createdAt" = now() - interval '11 minutes'
      where "userId" = (select id from auth."user" where email = $1)`,
    [ada.email],
  );

  await openAccount(page);
  await page.getByRole("button", { name: "Log out of all other devices…" }).click();
  const dialog = page.getByRole("dialog", { name: "Log out of all other devices?" });
  await dialog.getByRole("button", { name: "Log out" }).click();
  const password = dialog.getByRole("textbox", { name: "Your password" });
  await expect(password).toBeFocused();
  await expect(dialog.getByRole("alert")).toHaveCount(0);
  await password.fill("not the password");
  await page.keyboard.press("Enter");
  await expect(dialog.getByRole("alert")).toHaveText("That password is incorrect.");
  await password.fill(ada.password);
  await page.keyboard.press("Enter");

  await expect(page.getByText("Logged out of all other devices.")).toBeVisible();
  await expect(page.getByRole("list", { name: "Devices" }).getByRole("listitem")).toHaveCount(1);
  await expect(page.getByRole("button", { name: "Log out of all other devices…" })).toHaveCount(0);
  for (const other of [phone, laptop]) {
    await other.reload();
    await expect(other.getByRole("heading", welcome)).toBeVisible();
    await other.context().close();
  }
});

test("a weak password is rejected next to its field", async ({ page, context, mailbox }) => {
  const ada = newPerson("Ada");
  const tooEasy = "This password is too easy to guess. Try three or four unrelated words.";
  await fillSignUp(page, { ...ada, password: "password123" });
  const chosen = page.getByRole("textbox", { name: "Password" });
  await expect(page.getByRole("alert")).toHaveText(tooEasy);
  await expect(chosen).toHaveAccessibleDescription(`${tooEasy} At least 8 characters`);
  await expect(chosen).toHaveAttribute("aria-invalid", "true");
  await signUpByForm(page, ada);

  await openAccount(page);
  await page.getByRole("textbox", { name: "Current password" }).fill(ada.password);
  await page.getByRole("textbox", { name: "New password" }).fill(ada.email);
  await page.getByRole("button", { name: "Change password" }).click();
  await expect(page.getByRole("textbox", { name: "New password" })).toHaveAccessibleDescription(/too easy to guess/);

  await context.clearCookies();
  await page.goto("/forgot-password");
  await page.getByRole("textbox", { name: "Email" }).fill(ada.email);
  await page.getByRole("button", { name: "Send link" }).click();
  await page.goto(await linkTo(mailbox, ada.email, "/reset-password"));
  await page.getByRole("textbox", { name: "New password" }).fill("Taskchat2026");
  await page.keyboard.press("Enter");
  await expect(page.getByRole("textbox", { name: "New password" })).toHaveAccessibleDescription(/too easy to guess/);
  await page.getByRole("textbox", { name: "New password" }).fill("seven quiet lanterns");
  await page.keyboard.press("Enter");
  await signIn(page, { ...ada, password: "seven quiet lanterns" });
});

test("all data is downloaded as one file", async ({ page }) => {
  const ada = newPerson("Ada");
  await signUp(page, ada);
  await ask(page, "add milk");
  await openAccount(page);
  const downloading = page.waitForEvent("download");
  await page.getByRole("button", { name: "Download my data" }).click();
  const download = await downloading;
  expect(download.suggestedFilename()).toMatch(/^taskchat-export-\d{4}-\d\d-\d\d\.json$/);
  const stored: unknown = JSON.parse(await readFile(await download.path(), "utf8"));
  expect(stored).toMatchObject({
    account: { name: ada.name, email: ada.email },
    conversations: [{ title: "Add milk", messages: [{ content: "add milk" }, { tool_calls: [{ name: "add_task" }] }] }],
    tasks: [{ title: "milk" }],
  });
  await expect(page.getByText("Your data has been downloaded.")).toBeVisible();
});

test("deleting an account takes its password and removes all data", async ({ page }) => {
  const ada = newPerson("Ada");
  await signUp(page, ada);
  await ask(page, "add milk");
  await openAccount(page);
  await page.getByRole("button", { name: "Delete account" }).click();
  const dialog = page.getByRole("dialog", { name: "Delete your account?" });
  await dialog.getByRole("textbox", { name: "Your password" }).fill("not the password");
  await dialog.getByRole("button", { name: "Delete account" }).click();
  await expect(dialog.getByRole("alert")).toHaveText("That password is incorrect.");
  await dialog.getByRole("textbox", { name: "Your password" }).fill(ada.password);
  await dialog.getByRole("button", { name: "Delete account" }).click();

  await expect(page.getByRole("heading", welcome)).toBeVisible();
  await page.getByRole("textbox", { name: "Email" }).fill(ada.email);
  await page.getByRole("textbox", { name: "Password" }).fill(ada.password);
  await page.getByRole("button", { name: "Sign in" }).click();
  await expect(page.getByRole("alert")).toBeVisible();
  await signUp(page, ada);
  await expect(page.getByText("Nothing to do yet.")).toBeVisible();
});

test("a deletion that fails without a connection does not happen later", async ({ page, context }) => {
  const ada = newPerson("Ada");
  await signUp(page, ada);
  await openAccount(page);
  await page.getByRole("button", { name: "Delete account" }).click();
  const dialog = page.getByRole("dialog", { name: "Delete your account?" });
  await dialog.getByRole("textbox", { name: "Your password" }).fill(ada.password);
  await context.setOffline(true);
  await dialog.getByRole("button", { name: "Delete account" }).click();
  await expect(dialog.getByRole("alert")).toContainText("isn't responding");
  await dialog.getByRole("button", { name: "Keep my account" }).click();
  const seen = page.waitForResponse("**/api/auth/get-session");
  await context.setOffline(false);
  await seen;
  await page.reload();
  await expect(page.getByRole("heading", { name: "Your account" })).toBeVisible();
});

test("on a phone, the way back from the account page leads to the page without its drawer", async ({ page }) => {
  await page.setViewportSize({ width: 390, height: 844 });
  await signUp(page, newPerson("Ada"));
  await ask(page, "add milk");
  const conversation = page.url();
  await page.getByRole("button", { name: "Show conversations" }).click();
  await page.getByRole("button", { name: /^Account/ }).click();
  await page.getByRole("menuitem", { name: "Your account" }).click();
  await page.getByRole("link", { name: "Back to your chats" }).click();
  await expect(page).toHaveURL(conversation);
  await expect(page.getByRole("dialog")).toHaveCount(0);
});
