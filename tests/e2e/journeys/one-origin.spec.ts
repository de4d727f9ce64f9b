import { readFile } from "node:fs/promises";
import { TASKCHAT_URL } from "../stack.ts";
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

for (const [service, address] of [
  ["api", "/api/config"],
  ["auth", "/api/auth/config"],
] as const) {
  test(`${service} takes a request's id, writes it into its log and gives it back`, async ({ request, stack }) => {
    test.skip(TASKCHAT_URL !== undefined, "logs are files in a stack of its own only");
    const id = `journey-${service}.1`;
    const response = await request.get(address, { headers: { "x-request-id": id } });
    expect(response.headers()["x-request-id"]).toBe(id);
    await expect.poll(() => readFile(`${stack.data}/logs/${service}.log`, "utf8")).toContain(`"request_id":"${id}"`);
  });

  test(`${service} gives a request an id that has none, or none that can be logged`, async ({ request }) => {
    for (const headers of [{}, { "x-request-id": "a b" }, { "x-request-id": "x".repeat(65) }]) {
      const response = await request.get(address, { headers: headers as Record<string, string> });
      expect(response.headers()["x-request-id"]).toMatch(/^[0-9a-f-]{36}$/);
    }
  });
}
