import { execFileSync } from "node:child_process";
import { existsSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import type { LaunchOptions } from "@playwright/test";

const FIND_CHROMIUM = fileURLToPath(new URL("../../scripts/find-chromium.sh", import.meta.url));

/** Ubuntu allows the sandbox only for programs with an AppArmor profile, such as Google Chrome. */
const RESTRICTION = "/proc/sys/kernel/apparmor_restrict_unprivileged_userns";
const isRestricted = existsSync(RESTRICTION) && readFileSync(RESTRICTION, "utf8").trim() === "1";

/** No background requests, and no GPU. */
const QUIET = [
  "--disable-gpu",
  "--disable-quic",
  "--no-first-run",
  "--disable-background-networking",
  "--disable-component-update",
  "--disable-sync",
];

/** Chromium with everything that belongs to a browser, or the headless shell, which has the engine only and is quicker. */
export function chromium(kind: "browser" | "shell"): LaunchOptions {
  // Playwright's workers ask too. They inherit the answer.
  const known = kind === "shell" ? "TASKCHAT_CHROMIUM_SHELL" : "TASKCHAT_CHROMIUM";
  const option = kind === "shell" ? ["--shell"] : [];
  process.env[known] ??= execFileSync(FIND_CHROMIUM, option, { encoding: "utf8" }).trim();
  const path = process.env[known];
  const canHaveSandbox = !isRestricted || path.includes("google-chrome");
  return {
    ...(path ? { executablePath: path } : { channel: kind === "shell" ? "chromium-headless-shell" : "chromium" }),
    chromiumSandbox: process.getuid?.() !== 0 && canHaveSandbox,
    args: QUIET,
  };
}
