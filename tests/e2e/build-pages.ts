import { execFileSync } from "node:child_process";
import { PYTHON, ROOT } from "./child.ts";
import { TASKCHAT_URL } from "./stack.ts";

/** Builds the pages once for all stacks of a run. */
export default function buildPages(): void {
  if (TASKCHAT_URL) return; // It has pages of its own.
  execFileSync(PYTHON, ["-m", "taskchat_dev_stack.pages"], { cwd: ROOT, stdio: ["ignore", "inherit", "inherit"] });
}
