import { describe, expect, it } from "vitest";
import { createAccessTokens } from "./access-token.ts";

const LIFETIME_SECONDS = 300;

function jwt(name: string): string {
  // The issuer's clock is years away from ours: only its differences may count.
  const claims = { sub: name, iat: 1_000, exp: 1_000 + LIFETIME_SECONDS };
  return ["e30", btoa(JSON.stringify(claims)).replaceAll("=", ""), "signature"].join(".");
}

/** An issuer that hands out one token after another, when it is told to. */
function issuer() {
  const waiting: PromiseWithResolvers<string>[] = [];
  const clock = { ms: 5_000_000 };
  const tokens = createAccessTokens(
    () => {
      const asked = Promise.withResolvers<string>();
      waiting.push(asked);
      return asked.promise;
    },
    () => clock.ms,
  );
  return { tokens, clock, waiting };
}

async function holding(first: string) {
  const { tokens, clock, waiting } = issuer();
  const got = tokens.get();
  waiting[0]?.resolve(jwt(first));
  await got;
  return { tokens, clock, waiting };
}

describe("get", () => {
  it("asks once for all who wait, and then not again", async () => {
    const { tokens, waiting } = issuer();
    const both = Promise.all([tokens.get(), tokens.get()]);
    waiting[0]?.resolve(jwt("first"));
    expect(await both).toEqual([jwt("first"), jwt("first")]);
    expect(await tokens.get()).toBe(jwt("first"));
    expect(waiting).toHaveLength(1);
  });

  it("renews a token shortly before it ends", async () => {
    const { tokens, clock, waiting } = await holding("first");
    clock.ms += (LIFETIME_SECONDS - 31) * 1000;
    expect(await tokens.get()).toBe(jwt("first"));
    clock.ms += 2_000;
    const renewed = tokens.get();
    waiting[1]?.resolve(jwt("second"));
    expect(await renewed).toBe(jwt("second"));
  });

  it("asks again after a failure", async () => {
    const { tokens, waiting } = issuer();
    const failed = tokens.get();
    waiting[0]?.reject(new Error("outage"));
    await expect(failed).rejects.toThrow("outage");
    const got = tokens.get();
    waiting[1]?.resolve(jwt("second"));
    expect(await got).toBe(jwt("second"));
  });
});

describe("renew", () => {
  it("replaces the rejected token, once for all who were rejected with it", async () => {
    const { tokens, waiting } = await holding("first");
    const both = Promise.all([tokens.renew(jwt("first")), tokens.renew(jwt("first"))]);
    waiting[1]?.resolve(jwt("second"));
    expect(await both).toEqual([jwt("second"), jwt("second")]);
    expect(await tokens.renew(jwt("first"))).toBe(jwt("second"));
    expect(waiting).toHaveLength(2);
  });
});

describe("forget", () => {
  it("keeps a token that was asked for before from those who ask after", async () => {
    const { tokens, waiting } = issuer();
    const before = tokens.get();
    tokens.forget();
    const after = tokens.get();
    waiting[1]?.resolve(jwt("new user"));
    waiting[0]?.resolve(jwt("old user"));
    expect([await before, await after]).toEqual([jwt("old user"), jwt("new user")]);
    expect(await tokens.get()).toBe(jwt("new user"));
  });
});
