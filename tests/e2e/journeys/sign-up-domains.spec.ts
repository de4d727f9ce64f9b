import { fillSignUp, newPerson } from "../people.ts";
import { expect, test } from "../test.ts";

test.use({ mail: true, settings: { SIGN_UP_EMAIL_DOMAINS: "corp.example,corp.test" } });

test("the sign-up form names the permitted domains, and refuses others with words", async ({ page }) => {
  await page.goto("/sign-up");
  await expect(page.getByText("Use an email at corp.example or corp.test")).toBeVisible();
  const ada = newPerson("Ada"); // at example.com
  await fillSignUp(page, ada);
  await expect(page.getByRole("alert")).toHaveText("You can't sign up with an email at this domain.");
  await expect(page.getByRole("textbox", { name: "Email" })).toHaveValue(ada.email);

  await fillSignUp(page, { ...ada, email: ada.email.replace("example.com", "corp.test") });
  await expect(page.getByRole("heading", { name: "Check your inbox" })).toBeFocused();
});
