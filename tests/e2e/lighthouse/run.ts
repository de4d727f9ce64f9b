/** Runs Lighthouse's mobile audits on the sign-in page and the chat; prints the scores and what costs points. */
import { execFileSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { loadavg, tmpdir } from "node:os";
import path from "node:path";
import buildPages from "../build-pages.ts";
import { ROOT } from "../child.ts";
import { startStack } from "../stack.ts";

const { RUNS = "3", FLAGS = "" } = process.env;
const CATEGORIES = ["performance", "accessibility", "best-practices", "seo"] as const;
const METRICS = [
  "first-contentful-paint",
  "largest-contentful-paint",
  "total-blocking-time",
  "cumulative-layout-shift",
];
const LIGHTHOUSE = path.join(import.meta.dirname, "node_modules", ".bin", "lighthouse");

interface Report {
  categories: Record<string, { score: number; auditRefs: { id: string; weight: number }[] }>;
  audits: Record<string, { title: string; score: number | null; displayValue?: string; scoreDisplayMode: string }>;
}

const say = (line: string) => process.stdout.write(`${line}\n`);

function audit(url: string, cookie: string | undefined, chromium: string): Report {
  const folder = mkdtempSync(path.join(tmpdir(), "lighthouse-"));
  const file = path.join(folder, "report.json");
  const sandbox = process.getuid?.() === 0 ? " --no-sandbox" : "";
  const flags = ["--quiet", "--output=json", `--output-path=${file}`, `--chrome-flags=--headless=new${sandbox}`];
  const headers = cookie ? [`--extra-headers=${JSON.stringify({ cookie })}`] : [];
  try {
    execFileSync(LIGHTHOUSE, [url, ...flags, ...headers, ...FLAGS.split(" ").filter(Boolean)], {
      env: { ...process.env, ...(chromium && { CHROME_PATH: chromium }) },
      stdio: ["ignore", "ignore", "inherit"],
    });
    return JSON.parse(readFileSync(file, "utf8")) as Report;
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** Creates an account; returns its session cookie. */
async function signUp(origin: string): Promise<string> {
  const person = { name: "Ada", email: `${crypto.randomUUID()}@example.com`, password: crypto.randomUUID() };
  const response = await fetch(`${origin}/api/auth/sign-up/email`, {
    method: "POST",
    headers: { "content-type": "application/json", origin },
    body: JSON.stringify(person),
  });
  if (!response.ok) throw new Error(`sign-up was answered with ${response.status}: ${await response.text()}`);
  return response.headers
    .getSetCookie()
    .map((cookie) => cookie.split(";", 1)[0])
    .join("; ");
}

const median = (numbers: number[]) => numbers.toSorted((a, b) => a - b)[Math.floor(numbers.length / 2)] ?? Number.NaN;

function summarize(name: string, reports: Report[]): void {
  const scores = CATEGORIES.map((category) => {
    const score = median(reports.map(({ categories }) => categories[category]?.score ?? 0));
    return `${category} ${Math.round(score * 100)}`;
  });
  say(`${name}: ${scores.join(", ")} (median of ${reports.length}; load ${loadavg()[0]?.toFixed(1)})`);
  const last = reports.at(-1);
  if (!last) return;
  say(`  ${METRICS.map((id) => `${last.audits[id]?.title} ${last.audits[id]?.displayValue}`).join(", ")}`);
  const weighed = new Set(
    CATEGORIES.flatMap((category) => last.categories[category]?.auditRefs ?? [])
      .filter(({ weight }) => weight > 0)
      .map(({ id }) => id),
  );
  for (const [id, { title, score, displayValue = "", scoreDisplayMode }] of Object.entries(last.audits)) {
    if (score === null || score === 1 || (scoreDisplayMode === "binary" && !weighed.has(id))) continue;
    say(`  ${weighed.has(id) ? "!" : "-"} ${id} ${score.toFixed(2)}: ${title} ${displayValue}`);
  }
}

const chromium = execFileSync(path.join(ROOT, "scripts", "find-chromium.sh"), { encoding: "utf8" }).trim();
buildPages();
const stack = await startStack({});
try {
  const cookie = await signUp(stack.url);
  for (const [name, address, session] of [
    ["sign-in", "/sign-in", undefined],
    ["chat", "/", cookie],
  ] as const) {
    summarize(
      name,
      Array.from({ length: Number(RUNS) }, () => audit(stack.url + address, session, chromium)),
    );
  }
} finally {
  await stack.stop();
}
