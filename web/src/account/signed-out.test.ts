import { beforeEach, expect, it, vi } from "vitest";

const SESSION = { expiresAt: new Date("2026-12-01T12:00:00Z") };
const BEFORE = new Date("2026-12-01T11:59:00Z");
const AFTER = new Date("2026-12-01T12:01:00Z");

let signedOut: typeof import("./signed-out.ts");

beforeEach(async () => {
  vi.resetModules();
  signedOut = await import("./signed-out.ts");
});

it("says nothing to someone who was not signed in", () => {
  expect(signedOut.signedOutNotice(AFTER)).toBeUndefined();
});

it("tells an expired session from one that was ended", () => {
  signedOut.noteSession(SESSION);
  expect(signedOut.signedOutNotice(AFTER)).toContain("expired");
  expect(signedOut.signedOutNotice(BEFORE)).toContain("changed your password");
});

it("says what was done, and where", () => {
  signedOut.noteSession(SESSION);
  signedOut.noteLeaving("signed_out", false);
  expect(signedOut.signedOutNotice(AFTER)).toBe("You've signed out.");
  signedOut.noteLeaving("deleted", true);
  expect(signedOut.signedOutNotice(AFTER)).toBe("Your account was deleted in another tab.");
  signedOut.noteSession(SESSION);
  expect(signedOut.signedOutNotice(AFTER)).toContain("expired");
});
