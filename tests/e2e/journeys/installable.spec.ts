import { chromium } from "../chromium.ts";
import { newPerson, signUp } from "../people.ts";
import { expect, test } from "../test.ts";

test("browsers can install the page as an app", async ({ playwright, stack }) => {
  await using browser = await playwright.chromium.launch(chromium("browser"));
  const page = await browser.newPage({ baseURL: stack.url, serviceWorkers: "block" });
  await signUp(page, newPerson("Ada"));
  const devTools = await page.context().newCDPSession(page);
  const { url, errors, data } = await devTools.send("Page.getAppManifest");
  expect(errors).toEqual([]);
  expect(new URL(url).pathname).toBe("/manifest.webmanifest");
  expect(JSON.parse(data ?? "")).toMatchObject({ name: "Taskchat", start_url: "/", display: "standalone" });
  const { installabilityErrors } = await devTools.send("Page.getInstallabilityErrors");
  // Playwright's windows are private ones, which install nothing.
  expect(installabilityErrors.map(({ errorId }) => errorId)).toEqual(["in-incognito"]);
});

test("every icon is what the page says", async ({ page, request }) => {
  await page.goto("/sign-in");
  const linked = await page
    .locator("link[rel~=icon], link[rel=apple-touch-icon]")
    .evaluateAll((links) => links.map((link) => link.getAttribute("href") ?? ""));
  const manifest = (await (await request.get("/manifest.webmanifest")).json()) as {
    icons: { src: string; sizes: string; type: string }[];
  };
  const types: Record<string, string> = { ico: "image/x-icon", png: "image/png", svg: "image/svg+xml" };
  expect(linked).toEqual(["/favicon.ico", "/favicon.svg", "/icons/apple-touch.png"]);
  for (const src of [...linked, ...manifest.icons.map((icon) => icon.src)]) {
    const response = await request.get(src);
    expect(response.status(), src).toBe(200);
    expect(response.headers(), src).toMatchObject({
      "content-type": types[src.split(".").at(-1) ?? ""],
      "cache-control": "public, max-age=86400",
    });
  }
  for (const { src, sizes, type } of manifest.icons.filter(({ sizes }) => sizes !== "any")) {
    const drawn = await page.evaluate(async (address) => {
      const image = new Image();
      image.src = address;
      await image.decode();
      return `${image.naturalWidth}x${image.naturalHeight}`;
    }, src);
    expect([drawn, type], src).toEqual([sizes, "image/png"]);
  }
});

test("the manifest is fresh and has its own type", async ({ request }) => {
  const { headers } = await request.get("/manifest.webmanifest").then((response) => ({ headers: response.headers() }));
  expect(headers).toMatchObject({ "content-type": "application/manifest+json", "cache-control": "no-cache" });
});
