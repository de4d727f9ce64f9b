import { expect, test } from "../test.ts";

test("the page is at the origin's own name, also for those who come by number", async ({ page, stack }) => {
  const { port } = new URL(stack.url);
  await page.goto(`http://127.0.0.1:${port}/sign-up?from=number`);
  expect(page.url()).toBe(`${stack.url}/sign-up?from=number`);
});

for (const missing of ["/assets/gone.js", "/gone.png", "/api/auth/gone", "/healthz", "/readyz"]) {
  test(`${missing} is not there, and no page takes its place`, async ({ request }) => {
    const response = await request.get(missing, { headers: { accept: "text/html,*/*" } });
    expect(response.status()).toBe(404);
  });
}
