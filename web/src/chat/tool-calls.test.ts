import type { ToolCallPublic } from "@taskchat/shared-schema/api";
import { describe, expect, it } from "vitest";
import type { Domain } from "../lib/domain.ts";
import { describeToolCalls } from "./tool-calls.ts";

const describeToolCall: Domain["describeToolCall"] = ({ name, result }) => {
  if (name === "list_notes") return { kind: "read", words: "Read your notes" };
  if (name === "add_note" && !result.error) return { kind: "added", words: `Added ${result.text}` };
  return undefined;
};
const call = (name: string, result: unknown, given = {}): ToolCallPublic => ({ name, arguments: given, result });
const words = (...calls: ToolCallPublic[]) => describeToolCalls(calls, describeToolCall).map((told) => told.words);

describe("describeToolCalls", () => {
  it("uses the domain's words", () => {
    expect(words(call("add_note", { text: "tea" }), call("add_note", { text: "rice" }))).toEqual([
      "Added tea",
      "Added rice",
    ]);
  });

  it("shows one read, and only if nothing else happened", () => {
    const read = call("list_notes", { notes: [] });
    expect(words(read, read)).toEqual(["Read your notes"]);
    expect(words(read, call("add_note", { text: "tea" }))).toEqual(["Added tea"]);
    expect(words()).toEqual([]);
  });

  it("does not claim success for a failed call", () => {
    expect(describeToolCalls([call("add_note", { error: "invalid_arguments" })], describeToolCall)).toEqual([
      { kind: "failed", words: "An action failed" },
    ]);
  });

  it("shows an unknown tool's name and its first text argument", () => {
    expect(words(call("send_report", "sent", { copies: 2, note: " ", to: "Bob", cc: "Eve" }))).toEqual([
      "Send report: Bob",
    ]);
    expect(words(call("send_report", null, { copies: 2 }))).toEqual(["Send report"]);
  });
});
