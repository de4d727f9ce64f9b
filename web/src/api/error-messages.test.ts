import contract from "@taskchat/shared-schema/openapi.json" with { type: "json" };
import { describe, expect, it, vi } from "vitest";
import { ApiError } from "./api-error.ts";
import { errorMessage, messageForCode } from "./error-messages.ts";

const UNKNOWN = messageForCode("no such code");

/** The domain's folder has the messages for all other paths. */
const ENGINE = /\/(chat|conversations|export|config)/;

/** The codes in the descriptions of the contract's responses: "`code`: what it means; `code`: …". */
function codesOfContract(): Set<string> {
  const paths = Object.entries(contract.paths).filter(([path]) => ENGINE.test(path));
  const operations = paths.flatMap(([, path]) => Object.values<{ responses: object }>(path));
  const responses = operations.flatMap(({ responses }) => Object.entries<{ description: string }>({ ...responses }));
  const errors = responses.filter(([status]) => status >= "400");
  const codes = errors.flatMap(([, { description }]) => [...description.matchAll(/`([a-z_]+)`: /g)]);
  return new Set(codes.map(([, code = ""]) => code));
}

describe("errorMessage", () => {
  it("has a message for every code of the contract", () => {
    const codes = [...codesOfContract()];
    expect(codes).toContain("turn_failed");
    expect(codes.filter((code) => messageForCode(code) === UNKNOWN)).toEqual([]);
  });

  it.each([
    [1, "1 second"],
    [59, "59 seconds"],
    [60, "1 minute"],
    [61, "2 minutes"],
    [3_600, "60 minutes"],
  ])("says how long to wait: %s seconds", (retryAfterSeconds, wait) => {
    const error = new ApiError("rate_limited", { status: 429, retryAfterSeconds });
    expect(errorMessage(error)).toBe(`Too many requests. Try again in ${wait}.`);
  });

  it("says when an allowance starts again, in the user's time zone", () => {
    vi.stubEnv("TZ", "America/New_York");
    vi.useFakeTimers({ now: new Date("2026-07-01T12:00:00Z") });
    const error = new ApiError("budget_used", { status: 429, retryAfterSeconds: 43_200 });
    expect(errorMessage(error)).toMatch(/^Today's allowance is used up\. Try again after 8:00\sPM\.$/);
    vi.useRealTimers();
    vi.unstubAllEnvs();
  });

  it("shows the text of an unknown error if it is a sentence", () => {
    expect(errorMessage(new ApiError("NEW_RULE", { detail: "Choose another name." }))).toBe("Choose another name.");
    expect(errorMessage(new ApiError("new_rule"))).toBe(UNKNOWN);
    expect(errorMessage(new TypeError("x is not a function"))).toBe(UNKNOWN);
  });
});
