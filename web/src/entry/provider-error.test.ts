import { describe, expect, it } from "vitest";
import { providerErrorMessage } from "./provider-error.ts";

describe("providerErrorMessage", () => {
  it("explains errors that the user can fix", () => {
    expect(providerErrorMessage("account_not_usable")).toContain("Forgot your password?");
  });

  it.each(["sign_up_closed", "email_domain_not_allowed"])("has words for a refused sign-up: %s", (error) => {
    expect(providerErrorMessage(error)).not.toBe(providerErrorMessage("unknown"));
  });

  it.each(["", "invalid_code", "constructor", "__proto__", "<b>Call 0800 and pay</b>"])(
    "never shows text from the URL: %s",
    (error) => {
      expect(providerErrorMessage(error)).toBe(providerErrorMessage("unknown"));
    },
  );
});
