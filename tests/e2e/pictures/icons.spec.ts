import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import path from "node:path";
import { type Page, test } from "@playwright/test";
import { ROOT } from "../child.ts";

const PUBLIC = path.join(ROOT, "web", "public");
const LOGO = readFileSync(path.join(PUBLIC, "favicon.svg"), "utf8");

/** The logo as a PNG, with a share of the width left free around it. */
async function draw(page: Page, size: number, { padding = 0, background = "transparent" } = {}): Promise<Buffer> {
  await page.setViewportSize({ width: size, height: size });
  await page.setContent(
    `<style>body { margin: 0; background: ${background} } svg { display: block; padding: ${padding * size}px; height: ${size * (1 - 2 * padding)}px }</style>${LOGO}`,
  );
  return page.screenshot({ omitBackground: background === "transparent" });
}

/** An icon file with one PNG. */
function ico(png: Buffer, size: number): Buffer {
  const header = Buffer.alloc(22);
  header.writeUInt16LE(1, 2); // an icon
  header.writeUInt16LE(1, 4); // with one picture
  header.writeUInt8(size, 6);
  header.writeUInt8(size, 7);
  header.writeUInt16LE(1, 10);
  header.writeUInt16LE(32, 12); // bits per pixel
  header.writeUInt32LE(png.length, 14);
  header.writeUInt32LE(header.length, 18);
  return Buffer.concat([header, png]);
}

test("the icons, from the logo", async ({ page }) => {
  mkdirSync(path.join(PUBLIC, "icons"), { recursive: true });
  const files = {
    "favicon.ico": ico(await draw(page, 32), 32),
    "icons/192.png": await draw(page, 192),
    "icons/512.png": await draw(page, 512),
    // Phones cut these to their own shape. The middle four fifths are always visible.
    "icons/maskable.png": await draw(page, 512, { padding: 0.2, background: "white" }),
    "icons/apple-touch.png": await draw(page, 180, { padding: 0.14, background: "white" }),
  };
  for (const [name, content] of Object.entries(files)) writeFileSync(path.join(PUBLIC, name), content);
});
