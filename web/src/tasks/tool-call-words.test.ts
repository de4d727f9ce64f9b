import { describe, expect, it } from "vitest";
import { describeToolCall } from "./tool-call-words.ts";

const milk = { id: "t1", title: "Milk", description: "", completed: false };
const wordsOf = (name: string, result: Record<string, unknown>, given = {}) =>
  describeToolCall({ name, arguments: given, result })?.words;

describe("describeToolCall", () => {
  it.each([
    ["add_task", "Added Milk"],
    ["complete_task", "Marked Milk as done"],
    ["reopen_task", "Reopened Milk"],
    ["update_task", "Changed Milk"],
    ["delete_task", "Deleted Milk"],
    ["list_tasks", "Looked at your tasks"],
    ["get_task", "Looked at your tasks"],
  ])("%s", (name, words) => {
    expect(wordsOf(name, milk)).toBe(words);
  });

  it("names the new title of a renamed task", () => {
    const given = { task_id: "t1", title: "Oat milk" };
    expect(wordsOf("update_task", { ...milk, title: "Oat milk" }, given)).toBe("Renamed a task to Oat milk");
  });

  it("does not claim success for a failed call", () => {
    expect(wordsOf("delete_task", { error: "task_not_found", detail: "…" })).toBe("That task no longer exists");
    expect(wordsOf("add_task", { error: "invalid_arguments" })).toBeUndefined();
  });

  it("copes with a result that has no title", () => {
    expect(wordsOf("add_task", {})).toBe("Added a task");
  });

  it("leaves unknown tools to the chat", () => {
    expect(wordsOf("send_report", {})).toBeUndefined();
  });
});
