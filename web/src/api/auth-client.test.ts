import { afterEach, expect, test, vi } from "vitest";
import { getAuth, postAuth } from "./auth-client.ts";

afterEach(() => vi.unstubAllGlobals());

/** Lets the next requests be answered so. */
const answer = (respond: () => Promise<Response>) => vi.stubGlobal("fetch", respond);

test.each([
  [401, { code: "UNAUTHORIZED" }, "unauthenticated"],
  [401, { code: "INVALID_EMAIL_OR_PASSWORD" }, "INVALID_EMAIL_OR_PASSWORD"],
  [502, null, "restarting"],
])("status %i with %j is an error: %s", async (status, body, code) => {
  answer(async () => Response.json(body, { status }));
  await expect(getAuth("/get-session")).rejects.toMatchObject({ code, status });
});

test("Retry-After and the text of an error are kept", async () => {
  const headers = { "retry-after": "40" };
  answer(async () => Response.json({ code: "rate_limited", message: "Wait a moment." }, { status: 429, headers }));
  await expect(postAuth("/sign-in/email")).rejects.toMatchObject({
    code: "rate_limited",
    message: "Wait a moment.",
    retryAfterSeconds: 40,
  });
});

test("a lost connection and a page of a hotel's network are unreachable", async () => {
  answer(() => Promise.reject(new TypeError("Failed to fetch")));
  await expect(getAuth("/get-session")).rejects.toMatchObject({ code: "unreachable" });
  answer(async () => new Response("<h1>Sign in to our Wi-Fi</h1>"));
  await expect(getAuth("/get-session")).rejects.toMatchObject({ code: "unreachable" });
});
