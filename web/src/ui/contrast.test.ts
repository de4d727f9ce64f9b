import { describe, expect, it } from "vitest";
import css from "./styles.css?raw";

type Colors = Readonly<Record<string, string>>;

const declared = [...css.matchAll(/--color-([a-z-]+): light-dark\((#[0-9a-f]{6}), (#[0-9a-f]{6})\);/g)];
const SCHEMES: [string, Colors][] = [
  ["light", Object.fromEntries(declared.map(([, name, light]) => [name, light]))],
  ["dark", Object.fromEntries(declared.map(([, name, , dark]) => [name, dark]))],
];

/** WCAG 2.2's contrast ratio of two colours. */
function contrast(one: string, other: string): number {
  const [darker = 0, lighter = 0] = [luminance(one), luminance(other)].toSorted((a, b) => a - b);
  return (lighter + 0.05) / (darker + 0.05);
}

function luminance(hex: string): number {
  const [red = 0, green = 0, blue = 0] = [1, 3, 5].map((at) => {
    const channel = Number.parseInt(hex.slice(at, at + 2), 16) / 255;
    return channel <= 0.04045 ? channel / 12.92 : ((channel + 0.055) / 1.055) ** 2.4;
  });
  return 0.2126 * red + 0.7152 * green + 0.0722 * blue;
}

const SURFACES = ["canvas", "sunken", "hover"] as const;

describe.each(SCHEMES)("in the %s scheme", (_scheme, colors) => {
  const ratio = (one: string, other: string) => contrast(colors[one] ?? "#000000", colors[other] ?? "#000000");

  it.each(SURFACES)("the borders of fields, checkboxes and the focus stand out from %s: 3 to 1", (surface) => {
    expect(ratio("control", surface)).toBeGreaterThanOrEqual(3);
    expect(ratio("accent", surface)).toBeGreaterThanOrEqual(3);
    expect(ratio("danger", surface)).toBeGreaterThanOrEqual(3);
  });

  it.each(SURFACES)("texts are readable on %s: 4.5 to 1", (surface) => {
    for (const text of ["ink", "muted", "accent", "danger"])
      expect(ratio(text, surface), text).toBeGreaterThanOrEqual(4.5);
  });

  it.each([
    ["on-accent", "accent"],
    ["on-accent", "accent-strong"],
    ["on-danger", "danger"],
    ["danger", "danger-soft"],
    ["accent", "accent-soft"],
    ["ink", "accent-soft"],
    ["ink", "bubble"],
  ])("%s is readable on %s: 4.5 to 1", (text, surface) => {
    expect(ratio(text, surface)).toBeGreaterThanOrEqual(4.5);
  });
});
