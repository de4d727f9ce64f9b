import { describe, expect, it } from "vitest";

/** A room may import from the rooms before it. */
const ROOMS = ["ui", "api", "lib", "account", "entry", "conversations", "chat", "tasks", "app"];

const SOURCES = import.meta.glob<string>("./*/**/*.{ts,tsx,css}", { query: "?raw", import: "default", eager: true });

const files = Object.entries(SOURCES).map(([path, source]) => ({ path, room: path.split("/")[1] ?? "", source }));

function importsOf({ path, source }: (typeof files)[number]): string[] {
  const specifiers = [...source.matchAll(/(?:from|import)\s*\(?\s*"(\.[^"]+)"/g)].map(
    ([, specifier = ""]) => specifier,
  );
  return specifiers.map((specifier) => new URL(specifier, `file:///${path}`).pathname.slice(1));
}

describe("the rooms", () => {
  it("are listed here", () => {
    expect(new Set(files.map(({ room }) => room))).toEqual(new Set(ROOMS));
  });

  it("import one way", () => {
    const wrong = files.flatMap((file) =>
      importsOf(file)
        .filter((imported) => ROOMS.indexOf(imported.split("/")[0] ?? "") > ROOMS.indexOf(file.room))
        .map((imported) => `${file.path} imports ${imported}`),
    );
    expect(wrong).toEqual([]);
  });

  it("keep all that is about tasks in one", () => {
    // A package's name and a class that remark-gfm sets.
    const others = /@taskchat\/|contains-task-list/g;
    const engine = files.filter(({ room }) => room !== "tasks" && room !== "app");
    const wrong = engine.filter(({ source }) => /[tT]ask|TASK/.test(source.replaceAll(others, "")));
    expect(wrong.map(({ path }) => path)).toEqual([]);
  });
});
