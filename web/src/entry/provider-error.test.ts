import { describe, expect, it } from "vitest";
import { providerErrorInWords } from "./provider-error.ts";

describe("providerErrorInWords", () => {
  it("knows what people can do something about", () => {
    expect(providerErrorInWords("account_not_usable")).toContain("Forgot your password?");
  });

  it.each(["", "invalid_code", "constructor", "__proto__", "<b>Call 0800 and pay</b>"])(
    "repeats nothing: %s",
    (error) => {
      expect(providerErrorInWords(error)).toBe(providerErrorInWords("unknown"));
    },
  );
});
