import { describe, expect, test } from "vitest";
import { asciiDomain, signUpRefusal } from "./sign-up-rules.ts";

const ALLOWED = { open: true, emailDomains: ["example.com", "xn--bcher-kva.example"] };

describe("signUpRefusal", () => {
  test.for([
    "me@example.com",
    "Me+tag@EXAMPLE.com",
    "me@bücher.example",
    "me@BÜCHER.example",
    "me@xn--bcher-kva.example",
  ])("permits %s", (email) => {
    expect(signUpRefusal(ALLOWED, email)).toBeUndefined();
  });

  test.for([
    "me@example.org",
    "me@sub.example.com",
    "me@notexample.com",
    "me@example.com.evil.org",
    "me@example.com.",
    "me@.example.com",
    "me@evil.org@example.com",
    '"me@evil.org"@example.com',
    "me@example.com@evil.org",
    "me@example.com/evil",
    "me@example.com:25",
    "me@example.com#evil.org",
    "me@ex%61mple.com",
    "me@example.com\u0000",
    "me@exam\u00adple.com",
    "me@example。com",
    "me@exаmple.com", // a Cyrillic a
    " me@example.com ",
    "@example.com",
    "example.com",
    "me@",
    "",
    undefined,
    { domain: "example.com" },
  ])("refuses %j", (email) => {
    expect(signUpRefusal(ALLOWED, email)).toBe("email_domain_not_allowed");
  });

  test("permits any domain without a list, and none while closed", () => {
    expect(signUpRefusal({ open: true, emailDomains: [] }, "me@example.org")).toBeUndefined();
    for (const emailDomains of [[], ["example.com"]]) {
      expect(signUpRefusal({ open: false, emailDomains }, "me@example.com")).toBe("sign_up_closed");
    }
  });
});

test.for([
  ["example.com", "example.com"],
  ["Example.COM", "example.com"],
  ["bücher.example", "xn--bcher-kva.example"],
  ["example.com.", undefined],
  ["*.example.com", undefined],
  ["@example.com", undefined],
  ["https://example.com", undefined],
  ["localhost", undefined],
  ["127.0.0.1", undefined],
  ["-a.example", undefined],
])("asciiDomain(%j) is %j", ([text, domain]) => {
  expect(asciiDomain(text ?? "")).toBe(domain);
});
