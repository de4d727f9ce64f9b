import { describe, expect, it } from "vitest";

/** A folder may import from the folders before it. */
const FOLDERS = ["ui", "api", "lib", "account", "entry", "conversations", "chat", "tasks", "app"];

const SOURCES = import.meta.glob<string>("./*/**/*.{ts,tsx,css}", { query: "?raw", import: "default", eager: true });

const files = Object.entries(SOURCES).map(([path, source]) => ({ path, folder: path.split("/")[1] ?? "", source }));

function importsOf({ path, source }: (typeof files)[number]): string[] {
  const specifiers = [...source.matchAll(/(?:from|import)\s*\(?\s*"(\.[^"]+)"/g)].map(
    ([, specifier = ""]) => specifier,
  );
  return specifiers.map((specifier) => new URL(specifier, `file:///${path}`).pathname.slice(1));
}

describe("the folders", () => {
  it("are listed here", () => {
    expect(new Set(files.map(({ folder }) => folder))).toEqual(new Set(FOLDERS));
  });

  it("import one way", () => {
    const wrong = files.flatMap((file) =>
      importsOf(file)
        .filter((imported) => FOLDERS.indexOf(imported.split("/")[0] ?? "") > FOLDERS.indexOf(file.folder))
        .map((imported) => `${file.path} imports ${imported}`),
    );
    expect(wrong).toEqual([]);
  });

  it("keep everything about tasks in one place", () => {
    // A package's name and a class that remark-gfm sets.
    const others = /@taskchat\/|contains-task-list/g;
    const engine = files.filter(({ folder }) => folder !== "tasks" && folder !== "app");
    const wrong = engine.filter(({ source }) => /[tT]ask|TASK/.test(source.replaceAll(others, "")));
    expect(wrong.map(({ path }) => path)).toEqual([]);
  });
});
