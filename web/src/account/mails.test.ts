import { describe, expect, it } from "vitest";
import { ApiError } from "../api/api-error.ts";
import { mailErrorInWords } from "./mails.ts";

describe("mailErrorInWords", () => {
  it("says when enough mails were asked for", () => {
    expect(mailErrorInWords(new ApiError("rate_limited", { status: 429 }))).toContain("Wait a minute");
  });

  it("says what else went wrong as everywhere", () => {
    expect(mailErrorInWords(new ApiError("unreachable"))).toContain("cannot be reached");
  });
});
