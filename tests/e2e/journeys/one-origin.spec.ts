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

for (const address of ["/", "/api/config", "/api/auth/config"]) {
  test(`${address} is for pages of this origin only`, async ({ request }) => {
    const response = await request.get(address, { headers: { origin: "http://localhost:1", accept: "text/html" } });
    expect(response.status()).toBe(200);
    expect(response.headers()["access-control-allow-origin"]).toBeUndefined();
  });
}
