import { readFile } from "node:fs/promises";
import { TASKCHAT_URL } from "../stack.ts";
import { expect, test } from "../test.ts";

test("requests by IP address are redirected to the origin", async ({ page, stack }) => {
  const { port } = new URL(stack.url);
  await page.goto(`http://127.0.0.1:${port}/sign-up?from=ip`);
  expect(page.url()).toBe(`${stack.url}/sign-up?from=ip`);
});

for (const missing of ["/assets/gone.js", "/gone.png", "/api/auth/gone", "/healthz", "/readyz"]) {
  test(`${missing} answers 404 and no page`, async ({ request }) => {
    const response = await request.get(missing, { headers: { accept: "text/html,*/*" } });
    expect(response.status()).toBe(404);
  });
}

for (const address of ["/", "/api/config", "/api/auth/config"]) {
  test(`${address} sends no CORS headers`, async ({ request }) => {
    const response = await request.get(address, { headers: { origin: "http://localhost:1", accept: "text/html" } });
    expect(response.status()).toBe(200);
    expect(response.headers()["access-control-allow-origin"]).toBeUndefined();
  });
}

for (const [service, address] of [
  ["api", "/api/config"],
  ["auth", "/api/auth/config"],
] as const) {
  test(`${service} logs and returns a request id`, async ({ request, stack }) => {
    test.skip(TASKCHAT_URL !== undefined, "only a stack started by the tests has log files");
    const id = `journey-${service}.1`;
    const response = await request.get(address, { headers: { "x-request-id": id } });
    expect(response.headers()["x-request-id"]).toBe(id);
    await expect.poll(() => readFile(`${stack.data}/logs/${service}.log`, "utf8")).toContain(`"request_id":"${id}"`);
  });

  test(`${service} creates a request id if it is missing or invalid`, async ({ request }) => {
    for (const headers of [{}, { "x-request-id": "a b" }, { "x-request-id": "x".repeat(65) }]) {
      const response = await request.get(address, { headers: headers as Record<string, string> });
      expect(response.headers()["x-request-id"]).toMatch(/^[0-9a-f-]{36}$/);
    }
  });
}
