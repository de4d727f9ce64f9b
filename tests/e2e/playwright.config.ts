import { execFileSync } from "node:child_process";
import { fileURLToPath } from "node:url";
import { defineConfig } from "@playwright/test";

const FIND_CHROMIUM = fileURLToPath(new URL("../../scripts/find-chromium.sh", import.meta.url));
// Workers load this file too and inherit what the first load has found.
process.env.CHROMIUM ??= execFileSync(FIND_CHROMIUM, { encoding: "utf8" }).trim();

/** Nothing but the pages under test: no calls home, no GPU that a machine may lack. */
const QUIET = [
  "--disable-gpu",
  "--disable-quic",
  "--no-first-run",
  "--disable-background-networking",
  "--disable-component-update",
  "--disable-sync",
];

export default defineConfig({
  // `make pictures` makes the pictures of the README in place of testing.
  testDir: process.env.TASKCHAT_PICTURES ? "pictures" : "journeys",
  outputDir: "../../test-results",
  globalSetup: "./build-pages.ts",
  workers: 2, // Each has a stack of its own.
  forbidOnly: process.env.CI !== undefined,
  reporter: [["list"]],
  timeout: 60_000,
  expect: { timeout: 10_000 },
  use: {
    trace: "retain-on-failure",
    screenshot: "only-on-failure",
    locale: "en-GB",
    timezoneId: "UTC",
    launchOptions: {
      ...(process.env.CHROMIUM && { executablePath: process.env.CHROMIUM }),
      chromiumSandbox: process.getuid?.() !== 0,
      args: QUIET,
    },
  },
});
