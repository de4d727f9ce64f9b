import { describe, expect, it } from "vitest";
import { ApiError } from "../api/api-error.ts";
import { emailErrorMessage } from "./emails.ts";

describe("emailErrorMessage", () => {
  it("says how long to wait after too many emails", () => {
    expect(emailErrorMessage(new ApiError("rate_limited", { status: 429 }))).toBe(
      "Too many emails. Try again in a minute.",
    );
    const limited = new ApiError("rate_limited", { status: 429, retryAfterSeconds: 40 });
    expect(emailErrorMessage(limited)).toBe("Too many emails. Try again in 40 seconds.");
  });

  it("uses the api's messages for other errors", () => {
    expect(emailErrorMessage(new ApiError("unreachable"))).toContain("isn't responding");
  });
});
