import contract from "@taskchat/shared-schema/openapi.json" with { type: "json" };
import { describe, expect, it } from "vitest";
import { ApiError } from "./api-error.ts";
import { codeInWords, inWords } from "./error-words.ts";

const UNKNOWN = codeInWords("no such code");

/** Words for the errors of other paths are in the domain's room. */
const ENGINE = /\/(chat|conversations|export|config)/;

/** The codes that the contract's responses name: "`code`: what it means; `code`: …". */
function codesOfContract(): Set<string> {
  const paths = Object.entries(contract.paths).filter(([path]) => ENGINE.test(path));
  const operations = paths.flatMap(([, path]) => Object.values<{ responses: object }>(path));
  const responses = operations.flatMap(({ responses }) => Object.entries<{ description: string }>({ ...responses }));
  const refusals = responses.filter(([status]) => status >= "400");
  const codes = refusals.flatMap(([, { description }]) => [...description.matchAll(/`([a-z_]+)`: /g)]);
  return new Set(codes.map(([, code = ""]) => code));
}

describe("inWords", () => {
  it("has a sentence for every code of the contract", () => {
    const codes = [...codesOfContract()];
    expect(codes).toContain("turn_failed");
    expect(codes.filter((code) => codeInWords(code) === UNKNOWN)).toEqual([]);
  });

  it.each([
    [1, "1 second"],
    [59, "59 seconds"],
    [60, "1 minute"],
    [61, "2 minutes"],
    [3_600, "60 minutes"],
  ])("says how long to wait, where that is known: %s", (retryAfterSeconds, words) => {
    const error = new ApiError("rate_limited", { status: 429, retryAfterSeconds });
    expect(inWords(error)).toBe(`That was a lot in a short time. Wait ${words} and try again.`);
  });

  it("lets an unknown refusal speak for itself", () => {
    expect(inWords(new ApiError("NEW_RULE", { detail: "Choose another name." }))).toBe("Choose another name.");
    expect(inWords(new ApiError("new_rule"))).toBe(UNKNOWN);
    expect(inWords(new TypeError("x is not a function"))).toBe(UNKNOWN);
  });
});
