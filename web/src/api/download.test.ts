import { describe, expect, it } from "vitest";
import { fileNameIn } from "./download.ts";

describe("fileNameIn", () => {
  it.each([
    [`attachment; filename="shopping-2026-11-30.md"`, "shopping-2026-11-30.md"],
    [`attachment; filename="br_tchen.md"; filename*=UTF-8''br%C3%B6tchen.md`, "brötchen.md"],
    ["attachment", ""],
  ])("finds the name in %s", (disposition, name) => {
    expect(fileNameIn(disposition)).toBe(name);
  });
});
