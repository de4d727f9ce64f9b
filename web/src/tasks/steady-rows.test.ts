import type { TaskPublic } from "@taskchat/shared-schema/api";
import { describe, expect, test } from "vitest";
import { type Mode, nextRows, type Row } from "./steady-rows.ts";

const task = (id: string): TaskPublic => ({
  id,
  title: id,
  description: "",
  completed: false,
  due_on: null,
  due_at: null,
  priority: "none",
  created_at: "2026-11-30T00:00:00Z",
  updated_at: "2026-11-30T00:00:00Z",
});
const [a, b, c, d] = ["a", "b", "c", "d"].map(task) as [TaskPublic, TaskPublic, TaskPublic, TaskPublic];
const rowsOf = (...tasks: TaskPublic[]): readonly Row[] => tasks.map((task) => ({ task, state: "listed" }));
const shown = (rows: readonly Row[]) =>
  rows.map(({ task, state }) => (state === "listed" ? task.id : `${task.id} ${state}`));

describe("the rows of a list", () => {
  test.each<[Mode, string[]]>([
    ["live", ["a leaving", "b", "c", "d"]],
    ["keep", ["a kept", "b", "c", "d"]],
    ["freeze", ["a kept", "b", "c"]],
  ])("%s: %j when one left and one came", (mode, expected) => {
    expect(shown(nextRows(rowsOf(a, b, c), [b, c, d], mode))).toEqual(expected);
  });

  test("leave once they are not kept any more", () => {
    const kept = nextRows(rowsOf(a, b), [b], "keep");
    expect(shown(nextRows(kept, [b], "live"))).toEqual(["a leaving", "b"]);
  });

  test("that are leaving are not held back", () => {
    const leaving = nextRows(rowsOf(a, b), [b], "live");
    expect(shown(nextRows(leaving, [b], "keep"))).toEqual(["a leaving", "b"]);
  });

  test("are listed again in their place", () => {
    const kept = nextRows(rowsOf(a, b), [b], "keep");
    expect(shown(nextRows(kept, [a, b], "keep"))).toEqual(["a", "b"]);
    expect(shown(nextRows(rowsOf(a, c), [a, b, c], "live"))).toEqual(["a", "b", "c"]);
    expect(shown(nextRows(rowsOf(b), [a, b], "live"))).toEqual(["a", "b"]);
  });

  test("show the newest state of their tasks", () => {
    const renamed = { ...b, title: "B" };
    expect(nextRows(rowsOf(a, b), [a, renamed], "keep")[1]?.task).toBe(renamed);
  });

  test("are the same array if nothing changed", () => {
    const rows = nextRows(rowsOf(a, b), [b], "keep");
    expect(nextRows(rows, [b], "keep")).toBe(rows);
  });
});
