import { describe, expect, it } from "vitest";
import type { DueGroup } from "./due.ts";
import { applyMove, landing, type Ordered, step } from "./order.ts";

const NOW = "2026-11-30T17:00";
const TODAY = "2026-11-30";
const task = (id: string, due_on: string | null = null, due_at: string | null = null): Ordered => ({
  id,
  due_on,
  due_at,
});
const TASKS = [
  task("late", "2026-11-28"),
  task("at9", TODAY, "09:00"),
  task("today1", TODAY),
  task("today2", TODAY),
  task("friday", "2026-12-04"),
  task("a"),
  task("b"),
  task("c"),
];
const idsOf = (tasks: readonly Ordered[]) => tasks.map(({ id }) => id).join(" ");

describe("a move", () => {
  it("puts a task behind another, or first among those with its date and time", () => {
    expect(idsOf(applyMove(TASKS, { taskId: "c", after: "a" }))).toBe("late at9 today1 today2 friday a c b");
    expect(idsOf(applyMove(TASKS, { taskId: "c", after: null }))).toBe("late at9 today1 today2 friday c a b");
    expect(idsOf(applyMove(TASKS, { taskId: "today2", after: null }))).toBe("late at9 today2 today1 friday a b c");
  });

  it("changes the date with the place", () => {
    const moved = applyMove(TASKS, { taskId: "c", after: "today1", due_on: TODAY });
    expect(idsOf(moved)).toBe("late at9 today1 c today2 friday a b");
    expect(moved[3]).toEqual(task("c", TODAY));
    const undated = applyMove(TASKS, { taskId: "at9", after: null, due_on: null });
    expect(idsOf(undated)).toBe("late today1 today2 friday at9 a b c");
    expect(undated[4]).toEqual(task("at9"));
  });

  it("can be applied twice, and to a list without the task", () => {
    const move = { taskId: "c", after: "a" };
    expect(idsOf(applyMove(applyMove(TASKS, move), move))).toBe(idsOf(applyMove(TASKS, move)));
    expect(applyMove([], move)).toEqual([]);
  });
});

describe("a step by keyboard", () => {
  it.each([
    ["b", -1, "late at9 today1 today2 friday b a c"],
    ["b", 1, "late at9 today1 today2 friday a c b"],
    ["today1", 1, "late at9 today2 today1 friday a b c"],
  ] as const)("of %s by %i", (id, by, expected) => {
    const stepped = step(TASKS, id, by);
    expect(stepped && idsOf(applyMove(TASKS, stepped.move))).toBe(expected);
  });

  it("says which place it leads to", () => {
    expect(step(TASKS, "b", 1)).toMatchObject({ place: 3, of: 3 });
  });

  it.each([
    ["a", -1],
    ["c", 1],
    ["today1", -1],
    ["friday", 1],
    ["gone", 1],
  ] as const)("of %s by %i does not leave its date and time", (id, by) => {
    expect(step(TASKS, id, by)).toBeUndefined();
  });
});

describe("a drop", () => {
  const drop = (id: string, group: DueGroup, above: string) => {
    const found = landing(TASKS, id, group, above.split(" "), NOW);
    return found && [idsOf(applyMove(TASKS, found.move)), found.behind];
  };

  it("moves within a group, at most to the end of the tasks with the same date and time", () => {
    expect(drop("c", "undated", "")).toEqual(["late at9 today1 today2 friday c a b", null]);
    expect(drop("a", "undated", "b c")).toEqual(["late at9 today1 today2 friday b c a", "c"]);
    expect(drop("today2", "today", "")).toEqual(["late at9 today2 today1 friday a b c", "at9"]);
  });

  it("into today or undated sets the date", () => {
    expect(drop("c", "today", "at9 today1")).toEqual(["late at9 today1 c today2 friday a b", "today1"]);
    expect(drop("late", "today", "")).toEqual(["at9 late today1 today2 friday a b c", "at9"]);
    expect(drop("friday", "undated", "a")).toEqual(["late at9 today1 today2 a friday b c", "a"]);
    expect(landing(TASKS, "at9", "undated", [], NOW)?.move).toEqual({ taskId: "at9", after: null, due_on: null });
  });

  it("changes nothing in its own place, and where no single date can be meant", () => {
    expect(drop("b", "undated", "a")).toBeUndefined();
    expect(drop("at9", "today", "today1 today2")).toBeUndefined();
    expect(drop("a", "overdue", "")).toBeUndefined();
    expect(drop("a", "upcoming", "")).toBeUndefined();
    expect(drop("gone", "today", "")).toBeUndefined();
  });
});
