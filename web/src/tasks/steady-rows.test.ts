import type { TaskPublic } from "@taskchat/shared-schema/api";
import { describe, expect, test } from "vitest";
import { type Listing, type Mode, nextRows, type Row } from "./steady-rows.ts";

const task = (id: string): TaskPublic => ({
  id,
  title: id,
  description: "",
  due_on: null,
  due_at: null,
  priority: "none",
  completed: false,
  created_at: "2026-11-30T00:00:00Z",
  updated_at: "2026-11-30T00:00:00Z",
});
const [a, b, c, d, x] = [task("a"), task("b"), task("c"), task("d"), task("x")];
const listing = (tasks: readonly TaskPublic[], movedId?: string): Listing<string> => ({
  tasks,
  groupOf: ({ due_on }) => due_on ?? "undated",
  movedId,
});
const rowsOf = (...tasks: TaskPublic[]) => nextRows([], listing(tasks), "live");
const shown = (rows: readonly Row[]) =>
  rows.map(({ task, state }) => (state === "listed" ? task.id : `${task.id} ${state}`));

describe("the rows of a list", () => {
  test.each<[Mode, string[]]>([
    ["live", ["a leaving", "b", "c", "d"]],
    ["keep", ["a kept", "b", "c", "d"]],
    ["freeze", ["a kept", "b", "c"]],
  ])("%s: %j when one left and one came", (mode, expected) => {
    expect(shown(nextRows(rowsOf(a, b, c), listing([b, c, d]), mode))).toEqual(expected);
  });

  test("leave once they are not kept any more", () => {
    const kept = nextRows(rowsOf(a, b), listing([b]), "keep");
    expect(shown(nextRows(kept, listing([b]), "live"))).toEqual(["a leaving", "b"]);
  });

  test("that are leaving are not held back", () => {
    const leaving = nextRows(rowsOf(a, b), listing([b]), "live");
    expect(shown(nextRows(leaving, listing([b]), "keep"))).toEqual(["a leaving", "b"]);
  });

  test("are listed again in their place", () => {
    const kept = nextRows(rowsOf(a, b), listing([b]), "keep");
    expect(shown(nextRows(kept, listing([a, b]), "keep"))).toEqual(["a", "b"]);
    expect(shown(nextRows(rowsOf(a, c), listing([a, b, c]), "live"))).toEqual(["a", "b", "c"]);
    expect(shown(nextRows(rowsOf(b), listing([a, b]), "live"))).toEqual(["a", "b"]);
  });

  test.each<[Mode, string[]]>([
    ["live", ["b", "x leaving", "c", "a"]],
    ["keep", ["a", "b", "x kept", "c"]],
    ["freeze", ["a", "b", "x kept", "c"]],
  ])("%s: %j when they were reordered and one left", (mode, expected) => {
    expect(shown(nextRows(rowsOf(a, b, x, c), listing([b, c, a]), mode))).toEqual(expected);
  });

  test.each<[Mode, string[]]>([
    ["live", ["b", "a", "d", "c"]],
    ["keep", ["b", "a", "d", "c"]],
    ["freeze", ["b", "a", "c"]],
  ])("%s: %j when the user moved one", (mode, expected) => {
    expect(shown(nextRows(rowsOf(a, b, c), listing([b, a, d, c], "a"), mode))).toEqual(expected);
  });

  test("keep their groups unless the user moved them", () => {
    const dated = { ...a, due_on: "2026-12-04" };
    const groups = (mode: Mode, movedId?: string) =>
      nextRows(rowsOf(a, b), listing([dated, b], movedId), mode).map(({ group }) => group);
    expect(groups("keep")).toEqual(["undated", "undated"]);
    expect(groups("keep", "a")).toEqual(["2026-12-04", "undated"]);
    expect(groups("live")).toEqual(["2026-12-04", "undated"]);
  });

  test("show the newest state of their tasks", () => {
    const renamed = { ...b, title: "B" };
    expect(nextRows(rowsOf(a, b), listing([a, renamed]), "keep")[1]?.task).toBe(renamed);
  });

  test("are the same array if nothing changed", () => {
    const rows = nextRows(rowsOf(a, b), listing([b]), "keep");
    expect(nextRows(rows, listing([b]), "keep")).toBe(rows);
  });
});
