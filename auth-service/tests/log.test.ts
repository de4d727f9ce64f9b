import { randomBytes } from "node:crypto";
import { expect } from "vitest";
import { startProxy } from "./support/proxy.ts";
import { remember } from "./support/secrets.ts";
import { SECRET } from "./support/service.ts";
import { test } from "./support/test.ts";
import { newVisitor } from "./support/visitor.ts";

/** Takes the place of secrets in URLs, and must not be logged either. */
const IN_ADDRESS = "secret-of-an-address";

// The fixture checks this when the service stops: it searches the whole output for the visitors' secrets.
test("the log has a line per request and no secrets, even for errors", async ({ database, start, onTestFinished }) => {
  const proxy = await startProxy(database.authUrl);
  onTestFinished(proxy.close);
  const service = await start({ AUTH_DATABASE_URL: proxy.through(database.authUrl), LOG_LEVEL: "trace" });
  await service.untilReady();
  for (const secret of [IN_ADDRESS, SECRET, new URL(database.authUrl).password]) remember("a secret", secret);
  const visitor = newVisitor(service);
  await visitor.signUp();
  await visitor.signUp();
  await visitor.signIn("not the password");
  await visitor.post("/api/auth/sign-up/email", {
    name: "Visitor",
    // Postgres cannot store it.
    email: randomBytes(8 * 1024).toString("hex") + visitor.email,
    password: visitor.password,
  });
  await visitor.get("/api/auth/token");
  await visitor.get(`/api/auth/get-session?key=${IN_ADDRESS}`);
  await visitor.get(`/api/auth/verify-email?token=${IN_ADDRESS}`);
  await visitor.get(`/api/auth/verify-email?token=x&callbackURL=https://elsewhere.example/${IN_ADDRESS}`);
  await Promise.all(
    [newVisitor(service), visitor].map((somebody) =>
      somebody.post("/api/auth/delete-user", { password: somebody.password }),
    ),
  );
  proxy.cut();
  await visitor.signIn();
  await visitor.get("/api/auth/get-session", { "x-request-id": "the-last" });
  await service.logOf("the-last");

  const paths = service
    .log()
    .filter(({ message }) => message === "request")
    .map(({ path }) => path);

  expect(paths.filter((path) => path === "/api/auth/sign-up/email")).toHaveLength(3);
  expect(paths).toContain("/api/auth/get-session");
  expect(paths).toContain("/api/auth/verify-email");
  const ofBetterAuth = service.log().filter(({ source }) => source === "better-auth");
  expect(ofBetterAuth.map(({ message }) => message)).toContain("Invalid password");
  // At level info it would reveal who has an account.
  expect(ofBetterAuth.map(({ message }) => message)).not.toContain("Sign-up attempt for existing email");
});
