import { describe, expect, it } from "vitest";
import { destination } from "./entry-state.ts";

describe("destination", () => {
  it("is the page that the user came from, unless it belonged to another user", () => {
    const state = { sent: "key" };
    expect(destination({ from: "/c/1", fromState: state, userId: "ada" }, "ada")).toEqual({ to: "/c/1", state });
    expect(destination({ from: "/c/1", fromState: state }, "ada")).toEqual({ to: "/c/1", state });
    expect(destination({ from: "/c/1", fromState: state, userId: "ada" }, "bob")).toEqual({ to: "/" });
    expect(destination({}, "ada")).toEqual({ to: "/" });
  });
});
