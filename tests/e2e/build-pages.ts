import { execFileSync } from "node:child_process";
import { fileURLToPath } from "node:url";
import { TASKCHAT_URL } from "./stack.ts";

/** Builds the pages once for all stacks of a run. */
export default function buildPages(): void {
  if (TASKCHAT_URL) return; // It has pages of its own.
  const root = fileURLToPath(new URL("../..", import.meta.url));
  execFileSync("npm", ["run", "build", "--silent", "--workspace", "web", "--", "--logLevel", "warn"], {
    cwd: root,
    stdio: ["ignore", "inherit", "inherit"],
  });
}
