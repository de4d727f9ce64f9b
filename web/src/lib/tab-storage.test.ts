import { afterEach, describe, expect, it, vi } from "vitest";
import { tabStorage } from "./tab-storage.ts";

/** Like sessionStorage in browsers, whose entries are own properties. */
function browserStorage(): Record<string, unknown> {
  const storage: Record<string, string> = {};
  const methods = {
    getItem: (key: string) => storage[key] ?? null,
    setItem: (key: string, value: string) => {
      storage[key] = value;
    },
    removeItem: (key: string) => {
      delete storage[key];
    },
  };
  return Object.setPrototypeOf(storage, methods);
}

afterEach(() => vi.unstubAllGlobals());

describe("tabStorage", () => {
  it("keeps users apart and clears one of them", () => {
    vi.stubGlobal("sessionStorage", browserStorage());
    const [ada, bob] = [tabStorage("ada"), tabStorage("bob")];
    ada.setItem("draft.new", "hello");
    bob.setItem("draft.new", "hi");
    ada.clear();
    expect([ada.getItem("draft.new"), bob.getItem("draft.new")]).toEqual([null, "hi"]);
  });

  it("falls back to memory where sessionStorage is disabled", () => {
    const refused = () => {
      throw new DOMException("refused", "SecurityError");
    };
    vi.stubGlobal("sessionStorage", { getItem: refused, setItem: refused, removeItem: refused });
    const storage = tabStorage("eve");
    storage.setItem("outbox", "[1]");
    expect(storage.getItem("outbox")).toBe("[1]");
    storage.clear();
    expect(storage.getItem("outbox")).toBeNull();
  });
});
