import { execFileSync } from "node:child_process";
import { existsSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { defineConfig } from "@playwright/test";
import type { WorkerFixtures } from "./test.ts";

const FIND_CHROMIUM = fileURLToPath(new URL("../../scripts/find-chromium.sh", import.meta.url));
// Workers load this file too and inherit the value.
process.env.CHROMIUM ??= execFileSync(FIND_CHROMIUM, { encoding: "utf8" }).trim();

/** Ubuntu allows the sandbox only for programs with an AppArmor profile, such as Google Chrome. */
const RESTRICTION = "/proc/sys/kernel/apparmor_restrict_unprivileged_userns";
const isRestricted = existsSync(RESTRICTION) && readFileSync(RESTRICTION, "utf8").trim() === "1";
const canHaveSandbox = !isRestricted || process.env.CHROMIUM.includes("google-chrome");

/** No background requests, and no GPU. */
const QUIET = [
  "--disable-gpu",
  "--disable-quic",
  "--no-first-run",
  "--disable-background-networking",
  "--disable-component-update",
  "--disable-sync",
];

const WITH_MODEL = /(budget|hostile-text|model|reading|stopping)\.spec\.ts/;

export default defineConfig<object, WorkerFixtures>({
  // `make pictures` makes the README's pictures, `make test-webkit` uses the pages in WebKit.
  testDir: process.env.TASKCHAT_TESTS ?? "journeys",
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
    launchOptions: {
      ...(process.env.CHROMIUM && { executablePath: process.env.CHROMIUM }),
      chromiumSandbox: process.getuid?.() !== 0 && canHaveSandbox,
      args: QUIET,
    },
  },
});
