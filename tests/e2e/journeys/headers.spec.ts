import headers from "../../../web/headers.json" with { type: "json" };
import { expect, test } from "../test.ts";

const expected = Object.fromEntries(Object.entries(headers).map(([name, value]) => [name.toLowerCase(), value]));

test("every page and asset has the security headers", async ({ page, request }) => {
  const paths: string[] = [];
  page.on("response", (response) => void paths.push(new URL(response.url()).pathname));
  await page.goto("/sign-in");
  await expect(page.getByRole("heading", { name: "Welcome back" })).toBeVisible();
  const assets = paths.filter((path) => path.startsWith("/assets/"));
  expect(assets.length).toBeGreaterThan(1);
  for (const address of ["/", "/reset-password", "/no/such/page", "/favicon.svg", "/service-worker.js", ...assets]) {
    const response = await request.get(address, { headers: { accept: "text/html,*/*" } });
    expect(response.headers(), address).toMatchObject(expected);
  }
});

test("the policy allows only this origin", () => {
  const sources = headers["Content-Security-Policy"].split("; ").flatMap((directive) => directive.split(" ").slice(1));
  expect(new Set(sources)).toEqual(new Set(["'none'", "'self'"]));
});
