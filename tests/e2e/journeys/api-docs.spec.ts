import { AxeBuilder } from "@axe-core/playwright";
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

test("the API documentation is accessible, and fits on a phone", async ({ page }) => {
  await page.setViewportSize({ width: 390, height: 844 });
  await page.goto("/api/docs");
  const chat = page.locator("#operations-chat-post_chat");
  await chat.locator(".opblock-summary-control").click();
  await expect(chat.getByText("Send a message to the assistant, and get its answer and tool calls.")).toBeVisible();
  const { violations } = await new AxeBuilder({ page }).setLegacyMode().analyze();
  expect(violations.map(({ id, nodes }) => `${id}: ${nodes.map(({ html }) => html).join(" ")}`)).toEqual([]);
  expect(await page.evaluate(() => document.documentElement.scrollWidth - window.innerWidth)).toBeLessThanOrEqual(0);
});
