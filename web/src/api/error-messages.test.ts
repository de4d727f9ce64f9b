import contract from "@taskchat/shared-schema/openapi.json" with { type: "json" };
import { BASE_ERROR_CODES } from "better-auth";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { PRODUCT } from "../product.ts";
import { ApiError } from "./api-error.ts";
import { errorMessage, hasMessage, messageFor } from "./error-messages.ts";

const UNKNOWN = messageFor("no such code");

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

const AUTH_SERVICE = import.meta.glob<string>("../../../auth-service/src/{accounts,http}/*.ts", {
  query: "?raw",
  import: "default",
  eager: true,
});

/** Codes that auth-service adds to Better Auth's: `code: "X"`, and the keys of its tables of problems and refusals. */
function codesOfAuthService(): Set<string> {
  const sources = Object.values(AUTH_SERVICE).join("\n");
  const codes = [...sources.matchAll(/(?:code: "|^ {2})([A-Z]\w+|[a-z]+_[a-z_]+)(?:"|: \{ status|: ")/gm)];
  return new Set(codes.map(([, code = ""]) => code));
}

/** Codes of Better Auth's that no endpoint of auth-service returns to the page. */
const UNREACHABLE = new Set([
  // It redirects with these, and entry/provider-error.ts explains them.
  "FAILED_TO_GET_USER_INFO",
  "USER_EMAIL_NOT_FOUND",
  "ID_TOKEN_NOT_SUPPORTED",
  // The page goes on to /verify-email instead.
  "EMAIL_NOT_VERIFIED",
  // Changing an email, and linking and unlinking accounts, are not offered.
  "EMAIL_CAN_NOT_BE_UPDATED",
  "CHANGE_EMAIL_DISABLED",
  "EMAIL_MISMATCH",
  "FAILED_TO_UNLINK_LAST_ACCOUNT",
  "SOCIAL_ACCOUNT_ALREADY_LINKED",
  "LINKED_ACCOUNT_ALREADY_EXISTS",
  "ACCOUNT_NOT_FOUND",
  "PASSWORD_ALREADY_SET",
  "USER_ALREADY_HAS_PASSWORD",
  // Mistakes in code, not in what people do.
  "INVALID_CALLBACK_URL",
  "INVALID_REDIRECT_URL",
  "INVALID_ERROR_CALLBACK_URL",
  "INVALID_NEW_USER_CALLBACK_URL",
  "CALLBACK_URL_REQUIRED",
  "FIELD_NOT_ALLOWED",
  "MISSING_FIELD",
  "BODY_MUST_BE_AN_OBJECT",
  "ASYNC_VALIDATION_NOT_SUPPORTED",
  "METHOD_NOT_ALLOWED_DEFER_SESSION_REQUIRED",
  "UNKNOWN_FIELD",
  "INVALID_USER",
]);

describe("errorMessage", () => {
  it("has words for every code of the api", () => {
    const codes = [...codesOfContract()];
    expect(codes).toContain("turn_failed");
    expect(codes.filter((code) => !hasMessage(code))).toEqual([]);
  });

  it("has words for every code of auth-service", () => {
    const own = codesOfAuthService();
    expect([...own]).toEqual(
      expect.arrayContaining(["PASSWORD_TOO_WEAK", "SESSION_NOT_FRESH", "auth_unavailable", "sign_up_closed"]),
    );
    const codes = new Set([...own, ...Object.keys(BASE_ERROR_CODES)]);
    codes.delete("TOO_MANY_TRIES"); // app.ts turns it into rate_limited.
    expect([...codes].filter((code) => !hasMessage(code) && !UNREACHABLE.has(code))).toEqual([]);
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
    expect(errorMessage(error, undefined, "Too many emails.")).toBe(`Too many emails. Try again in ${wait}.`);
    expect(messageFor("model_unavailable", retryAfterSeconds)).toBe(
      `The assistant isn't available right now. Try again in ${wait}.`,
    );
  });

  it("counts down", () => {
    const error = new ApiError("rate_limited", { status: 429, retryAfterSeconds: 30 });
    expect(errorMessage(error, 2)).toBe("Too many requests. Try again in 2 seconds.");
    expect(errorMessage(error, 0)).toBe("Too many requests. You can try again now.");
  });

  it("tells a restart from a lost connection", () => {
    expect(messageFor("restarting")).toBe(`${PRODUCT.name} is restarting. Try again in a moment.`);
    expect(messageFor("unreachable")).toBe(`${PRODUCT.name} isn't responding. Check your connection and try again.`);
  });

  describe("of a used-up allowance", () => {
    beforeEach(() => {
      vi.stubEnv("TZ", "America/New_York");
    });
    afterEach(() => {
      vi.useRealTimers();
      vi.unstubAllEnvs();
    });

    it.each([
      ["2026-07-01T12:00:00Z", "today"],
      ["2026-07-01T23:59:00Z", "today"],
      ["2026-07-02T01:00:00Z", "tomorrow"],
    ])("says when it renews, in the user's time zone: at %s", (now, day) => {
      vi.useFakeTimers({ now: new Date(now) });
      const error = new ApiError("budget_used", { status: 429, retryAfterSeconds: 43_200 });
      expect(errorMessage(error)).toContain(`allowance is used up. It renews ${day} at 8:00`);
      expect(errorMessage(error, 0)).toContain("you can try again now");
    });
  });

  it("shows the text of an unknown error if it is a sentence", () => {
    expect(errorMessage(new ApiError("NEW_RULE", { detail: "Choose another name." }))).toBe("Choose another name.");
    expect(errorMessage(new ApiError("new_rule"))).toBe(UNKNOWN);
    expect(errorMessage(new TypeError("x is not a function"))).toBe(UNKNOWN);
  });
});
