import { describe, expect, it } from "vitest";
import { isPage } from "./one-origin.ts";

const asked = (url: string, accept = "text/html,*/*;q=0.8", method = "GET") =>
  isPage({ method, url, headers: { accept } });

describe("isPage", () => {
  it.each(["/", "/sign-in", "/c/018f3c2e-7a1b", "/c/x?from=mail", "/no/such/page", "//elsewhere"])("%s", (url) => {
    expect(asked(url)).toBe(true);
  });

  it.each(["/api/config", "/api/auth/ok", "/healthz", "/readyz", "/assets/gone", "/gone.js", "/@vite/client", "/src"])(
    "not %s",
    (url) => {
      expect(asked(url)).toBe(false);
    },
  );

  it("is nothing but a browser's reading of an address", () => {
    expect(asked("/", "application/json")).toBe(false);
    expect(asked("/", undefined, "POST")).toBe(false);
  });
});
