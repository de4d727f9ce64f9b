import { describe, expect, it } from "vitest";
import { authClient, unwrapAuth } from "./auth-client.ts";

const refusal = (error: { status: number; code?: string }) =>
  unwrapAuth(Promise.resolve({ data: null, error })).catch((thrown: unknown) => thrown);

describe("unwrapAuth", () => {
  it("knows the end of a session, as Better Auth calls it", async () => {
    expect(await refusal({ status: 401, code: "UNAUTHORIZED" })).toMatchObject({
      code: "unauthenticated",
      status: 401,
    });
    expect(await refusal({ status: 401, code: "INVALID_EMAIL_OR_PASSWORD" })).toMatchObject({
      code: "INVALID_EMAIL_OR_PASSWORD",
    });
  });

  it("hands on how long to wait", async () => {
    const refusing = async () =>
      Response.json({ code: "rate_limited", detail: "Wait." }, { status: 429, headers: { "retry-after": "40" } });
    const asked = unwrapAuth(authClient.$fetch("/sign-in/email", { customFetchImpl: refusing }));
    await expect(asked).rejects.toMatchObject({ code: "rate_limited", status: 429, retryAfterSeconds: 40 });
  });
});
