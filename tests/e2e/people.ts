import type { Locator, Page } from "@playwright/test";
import type { TaskCreate } from "@taskchat/shared-schema/api";
import { expect } from "./test.ts";

export interface Person {
  readonly name: string;
  readonly email: string;
  readonly password: string;
}

/** A new person without an account. */
export function newPerson(name: string): Person {
  return { name, email: `${name.toLowerCase()}.${crypto.randomUUID()}@example.com`, password: crypto.randomUUID() };
}

/** Submits the sign-up form. Does not wait for the outcome. */
export async function fillSignUp(page: Page, person: Person): Promise<void> {
  await page.goto("/sign-up");
  await page.getByRole("textbox", { name: "Name" }).fill(person.name);
  await page.getByRole("textbox", { name: "Email" }).fill(person.email);
  await page.getByRole("textbox", { name: "Password" }).fill(person.password);
  await page.getByRole("button", { name: "Create account" }).click();
}

export async function signUpByForm(page: Page, person: Person): Promise<void> {
  await fillSignUp(page, person);
  await expect(messageBox(page)).toBeVisible();
}

/** Creates an account over HTTP, which is faster than the form, and opens a new chat. */
export async function signUp(page: Page, person: Person): Promise<void> {
  await enter(page, "/api/auth/sign-up/email", person);
}

/** Signs in over HTTP and opens a new chat. */
export async function signInDirectly(page: Page, { email, password }: Person): Promise<void> {
  await enter(page, "/api/auth/sign-in/email", { email, password });
}

/** The context gets the session cookie of the response. */
async function enter(page: Page, url: string, data: Partial<Person>): Promise<void> {
  const response = await page.context().request.post(url, { data });
  expect(response.status(), await response.text()).toBe(200);
  await page.goto("/");
  await expect(messageBox(page)).toBeVisible();
}

/** Submits the form on the sign-in page. Does not wait for the outcome. */
export async function fillSignIn(page: Page, { email, password }: Person): Promise<void> {
  await page.getByRole("textbox", { name: "Email" }).fill(email);
  await page.getByRole("textbox", { name: "Password" }).fill(password);
  await page.getByRole("button", { name: "Sign in", exact: true }).click();
}

/** Signs in on the sign-in page. */
export async function signIn(page: Page, person: Person): Promise<void> {
  await fillSignIn(page, person);
  await expect(messageBox(page)).toBeVisible();
}

/** Opens the account page from a page with panels. */
export async function openAccount(page: Page): Promise<void> {
  await page.getByRole("button", { name: "Account" }).click();
  await page.getByRole("menuitem", { name: "Your account" }).click();
  await expect(page.getByRole("heading", { name: "Your account" })).toBeFocused();
}

export async function signOut(page: Page): Promise<void> {
  await page.getByRole("button", { name: "Account" }).click();
  await page.getByRole("menuitem", { name: "Sign out" }).click();
  await expect(page.getByRole("heading", { name: "Welcome back" })).toBeVisible();
}

export const messageBox = (page: Page) => page.getByRole("textbox", { name: "Message" });

export const replies = (page: Page) => page.getByRole("article", { name: "Assistant" });

export const sent = (page: Page) => page.getByRole("article", { name: "You" });

export const openTasks = (page: Page) => page.getByRole("list", { name: "Open tasks" }).getByRole("listitem");

/** Adds tasks over HTTP for the user of the page, in this order, and reloads it. */
export async function addTasks(page: Page, ...tasks: ({ title: string } & Partial<TaskCreate>)[]): Promise<void> {
  const { request } = page.context();
  const { user } = await (await request.get("/api/auth/get-session")).json();
  const { token } = await (await request.get("/api/auth/token")).json();
  for (const data of tasks) {
    const options = { data, headers: { authorization: `Bearer ${token}` } };
    expect((await request.post(`/api/${user.id}/tasks`, options)).status()).toBe(201);
  }
  await page.reload();
}

/** Advances the page's clock, which must be installed, until this is visible. */
export const waitOnClock = (page: Page, locator: Locator) =>
  expect(async () => {
    await page.clock.runFor("00:03");
    await expect(locator).toBeVisible({ timeout: 200 });
  }).toPass();

/** Sends a message. Does not wait for the reply. */
export async function say(page: Page, text: string): Promise<void> {
  await messageBox(page).fill(text);
  await page.keyboard.press("Enter");
}

/** Sends a message and waits for the reply. */
export async function ask(page: Page, text: string): Promise<void> {
  const before = await replies(page).count();
  await say(page, text);
  await expect(replies(page)).toHaveCount(before + 1);
}
