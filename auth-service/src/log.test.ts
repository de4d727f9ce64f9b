import { describe, expect, test } from "vitest";
import { runInScope } from "./http/request-scope.ts";
import { betterAuthLog, createLog, describeError } from "./log.ts";

const TYPED = "ann@example.com";

/** Log one of Better Auth's messages; return the lines written. */
function written(...line: [level: "debug" | "info" | "warn" | "error", message: string, ...details: unknown[]]) {
  const lines: string[] = [];
  const log = createLog("debug", { write: (text) => void lines.push(text) });
  runInScope({ id: "request-1" }, () => betterAuthLog(log).log?.(...line));
  return lines.map((text) => JSON.parse(text));
}

describe("an error in the log", () => {
  test("shows its name, code and stack, but not its message", () => {
    const error = Object.assign(new RangeError(`no such thing:\n  ${TYPED}`), { code: "22P02", detail: TYPED });

    const described = describeError(error);

    expect(described).toMatchObject({ name: "RangeError", code: "22P02" });
    expect(described.stack[0]).toMatch(/^at .*log\.test\.ts/);
    expect(JSON.stringify(described)).not.toContain(TYPED);
  });

  test("shows the type of a thrown value that is not an Error", () => {
    expect(describeError(TYPED)).toEqual({ name: "string", stack: [] });
  });
});

describe("a log line of Better Auth", () => {
  test.for([
    [`Sign-up attempt for existing email: ${TYPED}`, "Sign-up attempt for existing email"],
    [`Provider "${TYPED}" is unknown`, "Provider"],
    [`Reset password isn't enabled: ${TYPED}`, "Reset password isn't enabled"],
    [`Schema '${TYPED}' does not exist`, "Schema"],
    [`Lines\n${TYPED}`, "Lines"],
    ["", "no message"],
    ["x".repeat(65_536), `${"x".repeat(200)}…`],
  ] as const)("reduces %s to %s", ([message, expected]) => {
    expect(written("warn", message)).toEqual([
      {
        level: "warn",
        time: expect.any(String),
        service: "auth-service",
        request_id: "request-1",
        source: "better-auth",
        message: expected,
      },
    ]);
  });

  test("keeps the description of an error, and nothing else", () => {
    const [line] = written("error", "Failed", { email: TYPED }, new Error(TYPED));

    expect(line.error.name).toBe("Error");
    expect(JSON.stringify(line)).not.toContain(TYPED);
  });
});
