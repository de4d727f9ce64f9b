import type { Page } from "@playwright/test";
import { newPerson, openTasks, replies, say, sent, signUp } from "../people.ts";
import { expect, test } from "../test.ts";

const ELSEWHERE = "https://elsewhere.example";

const HOSTILE = `<script>alert("script")</script>
<img src=x onerror=alert("img")> <svg onload=alert("svg")></svg> <iframe srcdoc="<script>alert(1)</script>"></iframe>
<style>body { display: none }</style> <meta http-equiv="refresh" content="0;url=${ELSEWHERE}/meta">
<form action="${ELSEWHERE}/form"><button>Go on</button></form> <base href="${ELSEWHERE}/">

[good](${ELSEWHERE}/good) [j](javascript:alert(1)) [J](JaVaScRiPt:alert(2)) [tab](java&#x09;script:alert(3))
[d](data:text/html,<script>alert(4)</script>) [v](vbscript:alert(5)) [f](file:///etc/passwd) [b](blob:x)
[ref][ref] <javascript:alert(6)> <${ELSEWHERE}/auto> [t](${ELSEWHERE}/t "onmouseover=alert(7)")

![spy](${ELSEWHERE}/spy.png) ![d](data:image/svg+xml,<svg onload=alert(8)>) [![both](${ELSEWHERE}/both.png)](javascript:alert(9))
![ref][image]

[ref]: javascript:alert(10)
[image]: ${ELSEWHERE}/ref.png

\`\`\`html
<script>alert("code")</script>
\`\`\`

Word: ${"long".repeat(500)}

${hugeTable(40, 20)}

The end.`;

function hugeTable(columns: number, rows: number): string {
  const row = (cell: string) => `|${` ${cell} |`.repeat(columns)}`;
  const cells = "<img src=x onerror=alert(11)>";
  return [row("head"), row("---"), ...Array<string>(rows).fill(row(cells))].join("\n");
}

/** Records everything that hostile text must not cause. */
function watch(page: Page, origin: string): string[] {
  const violations: string[] = [];
  page.on("dialog", async (dialog) => {
    violations.push(`dialog ${dialog.message()}`);
    await dialog.dismiss();
  });
  page.on("request", (request) => {
    if (!request.url().startsWith(`${origin}/`)) violations.push(`request ${request.url()}`);
  });
  page.context().on("page", (opened) => void violations.push(`page ${opened.url()}`));
  page.on("pageerror", (error) => void violations.push(`error ${error.message}`));
  return violations;
}

async function expectHarmless(page: Page): Promise<void> {
  const reply = replies(page).last();
  await expect(reply.getByText("The end.")).toBeVisible();
  const links = () => reply.getByRole("link").evaluateAll((all) => all.map((link) => link.getAttribute("href")));
  // A reply is shown as plain text until the code that formats it is there.
  await expect
    .poll(async () => new Set(await links()))
    .toEqual(new Set([`${ELSEWHERE}/good`, `${ELSEWHERE}/auto`, `${ELSEWHERE}/t`]));
  for (const link of await reply.getByRole("link", { name: /^(good|t)$/ }).all()) {
    await expect(link).toHaveAttribute("rel", "noopener noreferrer nofollow");
    await expect(link).toHaveAttribute("target", "_blank");
  }
  await expect(page.locator("main :is(script, iframe, img, form[action], style, meta, base, object)")).toHaveCount(0);
  await expect(reply.getByText('<script>alert("script")</script>')).toBeVisible();
  const overflow = await page.evaluate(() => document.documentElement.scrollWidth - window.innerWidth);
  expect(overflow).toBeLessThanOrEqual(0);
}

test("a hostile reply runs no script, loads nothing and leads nowhere", async ({ page, model, stack }) => {
  const violations = watch(page, stack.url);
  await model?.script({ text: HOSTILE });
  await signUp(page, newPerson("Ada"));
  await say(page, "hello");
  await expectHarmless(page);
  await page.setViewportSize({ width: 360, height: 740 });
  await page.reload();
  await expectHarmless(page);
  expect(violations).toEqual([]);
});

test("names of people and tasks are shown as text", async ({ page, model, stack }) => {
  const violations = watch(page, stack.url);
  const name = `<img src=${ELSEWHERE}/name.png onerror=alert(1)>`;
  await model?.script(
    { calls: [{ name: "add_task", arguments: { title: name, description: name } }] },
    { text: "Done." },
  );
  await signUp(page, { ...newPerson("Mallory"), name });
  await say(page, `${name} [x](javascript:alert(1))`);
  await expect(openTasks(page)).toContainText([name]);
  await expect(sent(page)).toContainText([`${name} [x](javascript:alert(1))`]);
  await expect(page.getByRole("button", { name: `Account: ${name}` })).toBeVisible();
  await expect(page.getByRole("heading", { level: 1 })).toContainText("<img");
  await expect(page.locator("img")).toHaveCount(0);
  expect(violations).toEqual([]);
});
