import { describe, expect, it } from "vitest";
import { appendDraft, moveNewDraft, readDraft, writeDraft } from "./drafts.ts";

describe("drafts", () => {
  it("keep what is typed when a failed message comes back", () => {
    writeDraft("ada", "c1", "typed");
    appendDraft("ada", "c1", "failed");
    expect(readDraft("ada", "c1")).toBe("typed\nfailed");
    appendDraft("ada", "c2", "failed");
    expect(readDraft("ada", "c2")).toBe("failed");
  });

  it("of a new conversation join the draft that its conversation already has", () => {
    writeDraft("bob", null, "typed in the new chat");
    writeDraft("bob", "c1", "typed here");
    moveNewDraft("bob", "c1");
    expect(readDraft("bob", "c1")).toBe("typed here\ntyped in the new chat");
    expect(readDraft("bob", null)).toBe("");
  });

  it("stay when an empty new chat gets its conversation", () => {
    writeDraft("eve", "c1", "typed here");
    moveNewDraft("eve", "c1");
    expect(readDraft("eve", "c1")).toBe("typed here");
  });
});
