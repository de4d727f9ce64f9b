import type { Page } from "@playwright/test";
import { expect } from "./test.ts";

export interface Person {
  readonly name: string;
  readonly email: string;
  readonly password: string;
}

/** Somebody who has no account yet; a new one at each call. */
export function newPerson(name: string): Person {
  return { name, email: `${name.toLowerCase()}.${crypto.randomUUID()}@example.com`, password: crypto.randomUUID() };
}

/** Asks for an account, wherever that leads to. */
export async function fillSignUp(page: Page, person: Person): Promise<void> {
  await page.goto("/sign-up");
  await page.getByRole("textbox", { name: "Name" }).fill(person.name);
  await page.getByRole("textbox", { name: "E-mail" }).fill(person.email);
  await page.getByRole("textbox", { name: "Password" }).fill(person.password);
  await page.getByRole("button", { name: "Create account" }).click();
}

export async function signUp(page: Page, person: Person): Promise<void> {
  await fillSignUp(page, person);
  await expect(messageBox(page)).toBeVisible();
}

/** Tries to sign in, on the sign-in page. */
export async function fillSignIn(page: Page, { email, password }: Person): Promise<void> {
  await page.getByRole("textbox", { name: "E-mail" }).fill(email);
  await page.getByRole("textbox", { name: "Password" }).fill(password);
  await page.getByRole("button", { name: "Sign in", exact: true }).click();
}

/** On the sign-in page, wherever that leads to. */
export async function signIn(page: Page, person: Person): Promise<void> {
  await fillSignIn(page, person);
  await expect(messageBox(page)).toBeVisible();
}

/** The page of whoever is signed in on a page with the panels. */
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

/** Says something in the chat; its answer may come later. */
export async function say(page: Page, text: string): Promise<void> {
  await messageBox(page).fill(text);
  await page.keyboard.press("Enter");
}

/** Says something, in a conversation that is shown already, and waits for the answer. */
export async function ask(page: Page, text: string): Promise<void> {
  const before = await replies(page).count();
  await say(page, text);
  await expect(replies(page)).toHaveCount(before + 1);
}
