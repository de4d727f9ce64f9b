import { describe, expect, it } from "vitest";
import { appendDraft, readDraft, writeDraft } from "./drafts.ts";

describe("drafts", () => {
  it("keep what is typed when a failed message comes back", () => {
    writeDraft("ada", "c1", "typed");
    appendDraft("ada", "c1", "failed");
    expect(readDraft("ada", "c1")).toBe("typed\nfailed");
    appendDraft("ada", "c2", "failed");
    expect(readDraft("ada", "c2")).toBe("failed");
  });
});
