import { expect, test } from "../test.ts";

test.use({ settings: { SIGN_UP: "closed" } });

test("while sign-up is closed, pages offer none and say why", async ({ page }) => {
  await page.goto("/sign-in");
  await expect(page.getByRole("button", { name: "Sign in" })).toBeVisible();
  await expect(page.getByRole("link", { name: "Create an account" })).toHaveCount(0);

  await page.goto("/sign-up");
  await expect(page.getByRole("heading", { name: "Sign-up is closed" })).toBeFocused();
  await expect(page.getByRole("textbox")).toHaveCount(0);
  await page.getByRole("link", { name: "Back to sign in" }).click();
  await expect(page.getByRole("heading", { name: "Welcome back" })).toBeVisible();
  await expect(page.getByRole("textbox", { name: "Email" })).toBeFocused();

  // A provider's first sign-in returns here.
  await page.goto("/sign-in?error=sign_up_closed");
  await expect(page.getByRole("alert")).toContainText("New accounts can't be created here");
});
