import { describe, expect, it } from "vitest";
import { authClient, unwrapAuth } from "./auth-client.ts";

const errorFor = (error: { status: number; code?: string }) =>
  unwrapAuth(Promise.resolve({ data: null, error })).catch((thrown: unknown) => thrown);

describe("unwrapAuth", () => {
  it("maps an ended session to unauthenticated", async () => {
    expect(await errorFor({ status: 401, code: "UNAUTHORIZED" })).toMatchObject({
      code: "unauthenticated",
      status: 401,
    });
    expect(await errorFor({ status: 401, code: "INVALID_EMAIL_OR_PASSWORD" })).toMatchObject({
      code: "INVALID_EMAIL_OR_PASSWORD",
    });
  });

  it("keeps Retry-After", async () => {
    const refuse = async () =>
      Response.json({ code: "rate_limited", detail: "Wait." }, { status: 429, headers: { "retry-after": "40" } });
    const asked = unwrapAuth(authClient.$fetch("/sign-in/email", { customFetchImpl: refuse }));
    await expect(asked).rejects.toMatchObject({ code: "rate_limited", status: 429, retryAfterSeconds: 40 });
  });
});
