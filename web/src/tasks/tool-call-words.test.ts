import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
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

  describe("with a date and a priority", () => {
    beforeEach(() => void vi.useFakeTimers({ now: new Date(2026, 10, 30, 9) }));
    afterEach(() => void vi.useRealTimers());
    const call = { ...milk, title: "call mum", due_on: "2026-12-01", due_at: "17:00", priority: "high" };

    it("names both of an added task", () => {
      expect(wordsOf("add_task", call)).toMatch(/^Added call mum, due tomorrow (17:00|5:00.PM), high priority$/);
      expect(wordsOf("add_task", { ...call, due_at: null, priority: "none" })).toBe("Added call mum, due tomorrow");
      expect(wordsOf("add_task", { ...call, due_on: null, due_at: null })).toBe("Added call mum, high priority");
    });

    it("names what changed", () => {
      const moved = { ...call, due_on: "2026-11-30", due_at: null };
      expect(wordsOf("update_task", moved, { due_on: "2026-11-30" })).toBe("Changed call mum, due today");
      expect(wordsOf("update_task", moved, { priority: "high" })).toBe("Changed call mum, high priority");
      expect(wordsOf("update_task", { ...moved, priority: "none" }, { priority: "none" })).toBe(
        "Changed call mum, no priority",
      );
      expect(wordsOf("update_task", { ...milk, due_on: null }, { remove_due: true })).toBe("Changed Milk, no due date");
      expect(wordsOf("update_task", moved, { title: "call mum", due_on: "2026-11-30", priority: null })).toBe(
        "Renamed a task to call mum, due today",
      );
    });

    it("says nothing of them in other calls", () => {
      expect(wordsOf("complete_task", call)).toBe("Marked call mum as done");
    });
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
