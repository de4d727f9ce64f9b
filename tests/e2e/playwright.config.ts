import { defineConfig } from "@playwright/test";
import { chromium } from "./chromium.ts";
import type { WorkerFixtures } from "./test.ts";

// `make pictures` makes the README's pictures, `make test-webkit` uses the pages in WebKit.
const TESTS = process.env.TASKCHAT_TESTS ?? "journeys";
// Both are found here, and installed if necessary, which can take longer than a test may.
const browser = chromium("browser");
const launchOptions = TESTS === "journeys" ? chromium("shell") : browser;
const WITH_MODEL = /(budget|hostile-text|model|reading|stopping)\.spec\.ts/;

export default defineConfig<object, WorkerFixtures>({
  testDir: TESTS,
  projects: [
    { name: "offline", testIgnore: WITH_MODEL },
    // One worker, because each starts its own stack.
    { name: "model", testMatch: WITH_MODEL, workers: 1, use: { assistant: "model" } },
  ],
  outputDir: "../../test-results",
  globalSetup: "./build-pages.ts",
  workers: 2, // Each has its own stack.
  forbidOnly: process.env.CI !== undefined,
  reporter: [["list"]],
  timeout: 60_000,
  expect: { timeout: 10_000 },
  use: {
    // Screenshots and snapshots each take a tenth of the time. `--trace on` adds them.
    trace: { mode: "retain-on-failure", screenshots: false, snapshots: false },
    screenshot: "only-on-failure",
    // Its requests can't be intercepted. offline.spec.ts allows it.
    serviceWorkers: "block",
    locale: "en-GB",
    timezoneId: "UTC",
    launchOptions,
  },
});
