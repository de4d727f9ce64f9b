import { execFileSync } from "node:child_process";
import { PYTHON, ROOT } from "./child.ts";
import { TASKCHAT_URL } from "./stack.ts";

/** Builds the pages once for all stacks. */
export default function buildPages(): void {
  if (TASKCHAT_URL) return; // That stack has its own pages.
  execFileSync(PYTHON, ["-m", "taskchat_dev_stack.pages"], { cwd: ROOT, stdio: ["ignore", "inherit", "inherit"] });
}
