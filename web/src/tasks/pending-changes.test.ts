import type { TaskPublic } from "@taskchat/shared-schema/api";
import { describe, expect, it } from "vitest";
import type { Change } from "../lib/changes.ts";
import { applyChanges, pendingTasks, pendingTick, type TaskChange } from "./pending-changes.ts";

const task = (title: string) => ({ id: title, title, description: "", completed: false }) as TaskPublic;
const milk = task("milk");
const eggs = task("eggs");

let place = 0;
const change = (made: TaskChange, state: Change["state"] = "waiting"): Change => {
  place += 1;
  return { id: `${place}`, place, state, ...made };
};
const update = (taskId: string, changes: Partial<TaskPublic>, state?: Change["state"]) =>
  change({ kind: "task.update", variables: { taskId, title: taskId, changes } }, state);
const deletion = (taskId: string, state?: Change["state"]) =>
  change({ kind: "task.delete", variables: { taskId, title: taskId } }, state);

describe("applyChanges", () => {
  it("applies changes in order and leaves other tasks as they are", () => {
    const tasks = applyChanges(
      [milk, eggs],
      [update("milk", { title: "oat milk" }), update("milk", { description: "2 l" }), update("milk", { title: "soy" })],
    );
    expect(tasks).toEqual([{ ...milk, title: "soy", description: "2 l" }, eggs]);
    expect(tasks[1]).toBe(eggs);
  });

  it("leaves out deleted tasks", () => {
    expect(applyChanges([milk, eggs], [deletion("milk", "sent")])).toEqual([eggs]);
  });

  it("ignores what the server has refused, and ticks", () => {
    const tasks = [milk, eggs];
    const changes = [
      deletion("milk", "refused"),
      update("eggs", { title: "x" }, "refused"),
      update("milk", { completed: true }),
    ];
    expect(applyChanges(tasks, changes)).toEqual(tasks);
  });
});

describe("pendingTick", () => {
  it("is the last tick that the server doesn't have or hasn't refused", () => {
    expect(pendingTick("milk", [update("milk", { completed: true }), update("milk", { title: "x" })])).toBe(true);
    expect(pendingTick("milk", [update("milk", { completed: true }), update("milk", { completed: false })])).toBe(
      false,
    );
    expect(pendingTick("milk", [update("milk", { completed: true }, "refused")])).toBeUndefined();
    expect(pendingTick("eggs", [update("milk", { completed: true })])).toBeUndefined();
  });
});

describe("pendingTasks", () => {
  it("are those that were added, unless the server has refused them", () => {
    const changes = [
      change({ kind: "task.add", variables: { title: "milk" } }),
      change({ kind: "task.add", variables: { title: "eggs" } }, "refused"),
      deletion("milk"),
    ];
    expect(pendingTasks(changes).map(({ variables }) => variables.title)).toEqual(["milk"]);
  });
});
