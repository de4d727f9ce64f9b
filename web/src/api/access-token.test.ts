import { describe, expect, it } from "vitest";
import { createAccessTokens } from "./access-token.ts";

const LIFETIME_SECONDS = 300;

function jwt(name: string): string {
  // The issuer's clock is years off, so only differences are usable.
  const claims = { sub: name, iat: 1_000, exp: 1_000 + LIFETIME_SECONDS };
  const base64 = btoa(JSON.stringify(claims));
  return ["e30", base64.replaceAll("+", "-").replaceAll("/", "_").replaceAll("=", ""), "signature"].join(".");
}

/** An issuer that answers each request when the test says so. */
function issuer() {
  const waiting: PromiseWithResolvers<string>[] = [];
  const clock = { ms: 5_000_000 };
  const tokens = createAccessTokens(
    () => {
      const request = Promise.withResolvers<string>();
      waiting.push(request);
      return request.promise;
    },
    () => clock.ms,
  );
  return { tokens, clock, waiting };
}

async function holding(first: string) {
  const { tokens, clock, waiting } = issuer();
  const token = tokens.get();
  waiting[0]?.resolve(jwt(first));
  await token;
  return { tokens, clock, waiting };
}

describe("get", () => {
  it("sends one request for concurrent callers, then uses the cached token", async () => {
    const { tokens, waiting } = issuer();
    const both = Promise.all([tokens.get(), tokens.get()]);
    waiting[0]?.resolve(jwt("first"));
    expect(await both).toEqual([jwt("first"), jwt("first")]);
    expect(await tokens.get()).toBe(jwt("first"));
    expect(waiting).toHaveLength(1);
  });

  it("renews a token shortly before it expires", async () => {
    const { tokens, clock, waiting } = await holding("first");
    clock.ms += (LIFETIME_SECONDS - 31) * 1000;
    expect(await tokens.get()).toBe(jwt("first"));
    clock.ms += 2_000;
    const renewed = tokens.get();
    waiting[1]?.resolve(jwt("second"));
    expect(await renewed).toBe(jwt("second"));
  });

  it("reads a payload with the characters that only base64url has", async () => {
    const token = jwt("a>>>b???");
    expect(token).toMatch(/-.*_/);
    const { tokens, waiting } = await holding("a>>>b???");
    expect(await tokens.get()).toBe(token);
    expect(waiting).toHaveLength(1);
  });

  it("counts the lifetime from the request, not from the response", async () => {
    const { tokens, clock, waiting } = issuer();
    const slow = tokens.get();
    clock.ms += 60_000;
    waiting[0]?.resolve(jwt("first"));
    await slow;
    clock.ms += (LIFETIME_SECONDS - 60 - 29) * 1000;
    const renewed = tokens.get();
    expect(waiting).toHaveLength(2);
    waiting[1]?.resolve(jwt("second"));
    expect(await renewed).toBe(jwt("second"));
  });

  it("tries again after a failure", async () => {
    const { tokens, waiting } = issuer();
    const failed = tokens.get();
    waiting[0]?.reject(new Error("outage"));
    await expect(failed).rejects.toThrow("outage");
    const token = tokens.get();
    waiting[1]?.resolve(jwt("second"));
    expect(await token).toBe(jwt("second"));
  });
});

describe("renew", () => {
  it("replaces a rejected token once for all callers", async () => {
    const { tokens, waiting } = await holding("first");
    const both = Promise.all([tokens.renew(jwt("first")), tokens.renew(jwt("first"))]);
    waiting[1]?.resolve(jwt("second"));
    expect(await both).toEqual([jwt("second"), jwt("second")]);
    expect(await tokens.renew(jwt("first"))).toBe(jwt("second"));
    expect(waiting).toHaveLength(2);
  });
});

describe("clear", () => {
  it("does not give a token requested before it to later callers", async () => {
    const { tokens, waiting } = issuer();
    const before = tokens.get();
    tokens.clear();
    const after = tokens.get();
    waiting[1]?.resolve(jwt("new user"));
    waiting[0]?.resolve(jwt("old user"));
    expect([await before, await after]).toEqual([jwt("old user"), jwt("new user")]);
    expect(await tokens.get()).toBe(jwt("new user"));
  });

  it("keeps the new user's request when an earlier one ends", async () => {
    const { tokens, waiting } = issuer();
    const before = tokens.get();
    tokens.clear();
    const after = tokens.get();
    waiting[0]?.resolve(jwt("old user"));
    await before;
    const later = tokens.get();
    expect(waiting).toHaveLength(2);
    waiting[1]?.resolve(jwt("new user"));
    expect(await Promise.all([after, later])).toEqual([jwt("new user"), jwt("new user")]);
  });
});
