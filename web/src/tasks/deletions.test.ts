import type { TaskPublic } from "@taskchat/shared-schema/api";
import { describe, expect, test } from "vitest";
import { createDeletions } from "./deletions.ts";

const task = (id: string, due_on: string | null = null): TaskPublic => ({
  id,
  title: id,
  description: "",
  due_on,
  due_at: null,
  priority: "none",
  completed: false,
  created_at: "2026-11-30T00:00:00Z",
  updated_at: "2026-11-30T00:00:00Z",
});

/** A list whose tasks are deleted and restored as the page does it. */
function createList(...tasks: TaskPublic[]) {
  const deletions = createDeletions();
  let listed = tasks;
  return {
    ids: () => listed.map(({ id }) => id).join(" "),
    /** Returns the function that undoes it. */
    remove(...ids: string[]) {
      const leaving = listed.filter(({ id }) => ids.includes(id));
      const places = deletions.remember(listed, leaving);
      listed = listed.filter(({ id }) => !ids.includes(id));
      return () => {
        for (const gone of leaving) {
          const after = deletions.predecessor(gone, places, (id) => listed.some((other) => other.id === id));
          const place = listed.findIndex(({ id }) => id === after) + 1;
          listed = listed.toSpliced(place, 0, { ...gone, id: `${gone.id}'` });
          deletions.noteRestored(gone.id, `${gone.id}'`);
        }
      };
    },
  };
}

describe("two deleted tasks return to their places", () => {
  test.each([
    ["a", "b", "first first"],
    ["a", "b", "last first"],
    ["b", "a", "first first"],
    ["b", "a", "last first"],
  ])("%s, then %s deleted, the %s restored", (one, other, order) => {
    const list = createList(task("a"), task("b"), task("c"));
    const undos = [list.remove(one), list.remove(other)];
    expect(list.ids()).toBe("c");
    for (const undo of order === "first first" ? undos : undos.reverse()) undo();
    expect(list.ids()).toBe("a' b' c");
  });
});

test("tasks deleted together return together", () => {
  const list = createList(task("a"), task("b"), task("c"), task("d"));
  const undo = list.remove("b", "c");
  list.remove("a");
  undo();
  expect(list.ids()).toBe("b' c' d");
});

test("a restored task can be deleted and restored again", () => {
  const list = createList(task("a"), task("b"));
  list.remove("b")();
  list.remove("b'")();
  expect(list.ids()).toBe("a b''");
});

test("only tasks with the same date say where a task was", () => {
  const { remember, predecessor } = createDeletions();
  const [friday, undated] = [task("friday", "2026-12-04"), task("undated")];
  const places = remember([friday, undated], [undated]);
  expect(predecessor(undated, places, () => true)).toBeNull();
});
