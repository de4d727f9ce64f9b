import { expect, test } from "../test.ts";

test("the API documentation works under a policy that allows nothing inline", async ({ page }) => {
  const errors: string[] = [];
  page.on("console", (message) => void (message.type() === "error" && errors.push(message.text())));
  page.on("pageerror", (error) => void errors.push(error.message));
  const response = await page.goto("/api/docs");
  expect(response?.headers()["content-security-policy"]).not.toContain("unsafe");
  const chat = page.locator("#operations-chat-post_chat");
  await chat.locator(".opblock-summary-control").click();
  await expect(chat.getByText("Send a message to the assistant, and get its answer and tool calls.")).toBeVisible();

  const config = page.locator("#operations-config-get_config");
  await config.locator(".opblock-summary-control").click();
  await config.getByRole("button", { name: "Try it out" }).click();
  await config.getByRole("button", { name: "Execute" }).click();
  await expect(config.locator(".live-responses-table")).toContainText("200");
  expect(errors).toEqual([]);
});
