import { describe, expect, it } from "vitest";
import { ApiError } from "../api/api-error.ts";
import { mailErrorInWords } from "./mails.ts";

describe("mailErrorInWords", () => {
  it("says when enough mails were asked for", () => {
    expect(mailErrorInWords(new ApiError("rate_limited", { status: 429 }))).toContain("Wait a minute,");
    const limited = new ApiError("rate_limited", { status: 429, retryAfterSeconds: 40 });
    expect(mailErrorInWords(limited)).toContain("Wait 40 seconds,");
  });

  it("says what else went wrong as everywhere", () => {
    expect(mailErrorInWords(new ApiError("unreachable"))).toContain("isn't responding");
  });
});
