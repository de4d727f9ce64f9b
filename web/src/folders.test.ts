import { describe, expect, it } from "vitest";

/** A folder may import from the folders before it. All others are domains, which only `app` may import. */
const ENGINE = ["ui", "api", "lib", "account", "entry", "conversations", "chat"];

const SOURCES = import.meta.glob<string>("./*/**/*.{ts,tsx,css}", { query: "?raw", import: "default", eager: true });

const files = Object.entries(SOURCES).map(([path, source]) => ({ path, folder: path.split("/")[1] ?? "", source }));

function rank(folder: string): number {
  if (folder === "app") return ENGINE.length + 1;
  return ENGINE.includes(folder) ? ENGINE.indexOf(folder) : ENGINE.length;
}

/** Paths below src/ of what a file imports from other folders. */
function importsOf({ path, source }: (typeof files)[number]): string[] {
  const specifiers = [...source.matchAll(/(?:from|import)\s*\(?\s*"(\.[^"]+)"/g)].map(
    ([, specifier = ""]) => specifier,
  );
  return specifiers
    .map((specifier) => new URL(specifier, `file:///${path}`).pathname.slice(1))
    .filter((imported) => imported.includes("/"));
}

describe("the folders", () => {
  it("import one way", () => {
    const wrong = files.flatMap((file) =>
      importsOf(file)
        .filter((imported) => rank(imported.split("/")[0] ?? "") > rank(file.folder))
        .map((imported) => `${file.path} imports ${imported}`),
    );
    expect(wrong).toEqual([]);
  });

  it("keep everything about tasks in one place", () => {
    // A package's name and a class that remark-gfm sets.
    const others = /@taskchat\/|contains-task-list/g;
    const engine = files.filter(({ folder }) => ENGINE.includes(folder));
    const wrong = engine.filter(({ source }) => /[tT]ask|TASK/.test(source.replaceAll(others, "")));
    expect(wrong.map(({ path }) => path)).toEqual([]);
  });
});
