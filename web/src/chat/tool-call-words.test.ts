import type { ToolCallPublic } from "@taskchat/shared-schema/api";
import { describe, expect, it } from "vitest";
import { toolCallsInWords } from "./tool-call-words.ts";

const milk = { id: "t1", title: "Milk", description: "", completed: false };
const call = (name: string, result: unknown, given = {}): ToolCallPublic => ({ name, arguments: given, result });
const words = (...calls: ToolCallPublic[]) => toolCallsInWords(calls).map((told) => told.words);

describe("toolCallsInWords", () => {
  it.each([
    ["add_task", "Added Milk"],
    ["complete_task", "Marked Milk as done"],
    ["reopen_task", "Reopened Milk"],
    ["update_task", "Changed Milk"],
    ["delete_task", "Deleted Milk"],
  ])("%s", (name, told) => {
    expect(words(call(name, milk))).toEqual([told]);
  });

  it("tells the new title of a task that was renamed", () => {
    const given = { task_id: "t1", title: "Oat milk" };
    expect(words(call("update_task", { ...milk, title: "Oat milk" }, given))).toEqual(["Renamed a task to Oat milk"]);
  });

  it("tells of looking only if nothing else was done", () => {
    const looked = call("list_tasks", { tasks: [milk] });
    expect(words(looked, call("get_task", milk))).toEqual(["Looked at your tasks"]);
    expect(words(looked, call("delete_task", milk))).toEqual(["Deleted Milk"]);
    expect(words()).toEqual([]);
  });

  it("never claims what did not happen", () => {
    expect(words(call("delete_task", { error: "task_not_found", detail: "…" }))).toEqual([
      "Looked for a task that is gone",
    ]);
    expect(words(call("add_task", { error: "invalid_arguments" }))).toEqual(["Tried something that did not work"]);
  });

  it("survives a tool and a result that it does not know", () => {
    expect(words(call("send_report", "sent"), call("add_task", null))).toEqual(["Send report", "Added a task"]);
  });
});
