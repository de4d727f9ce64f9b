import { expect, test } from "vitest";
import { rankHeadings } from "./markdown-headings.ts";

const ranked = (...depths: number[]) => {
  const children = depths.map((depth) => ({ type: "heading", depth }));
  rankHeadings()({
    type: "root",
    children: [{ type: "blockquote", children: children.slice(0, 1) } as never, ...children.slice(1)],
  });
  return children.map(({ depth }) => depth);
};

test.each([
  { said: [1, 2, 3], shown: [2, 3, 4] },
  { said: [3, 5, 4, 3], shown: [2, 3, 3, 2] },
  { said: [6, 1, 6], shown: [2, 2, 3] },
  { said: [1, 2, 3, 4, 5, 6], shown: [2, 3, 4, 5, 6, 6] },
])("headings of the depths $said are shown as $shown", ({ said, shown }) => {
  expect(ranked(...said)).toEqual(shown);
});
