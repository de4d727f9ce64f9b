import { describe, expect, it } from "vitest";
import { destination } from "./entry-state.ts";

describe("destination", () => {
  it("is where somebody came from, unless that is somebody else's", () => {
    expect(destination({ from: "/c/1", userId: "ada" }, "ada")).toBe("/c/1");
    expect(destination({ from: "/c/1" }, "ada")).toBe("/c/1");
    expect(destination({ from: "/c/1", userId: "ada" }, "bob")).toBe("/");
    expect(destination({}, "ada")).toBe("/");
  });
});
