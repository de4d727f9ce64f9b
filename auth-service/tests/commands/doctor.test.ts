import { mkdtemp, readdir, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect } from "vitest";
import { CLIENT, startGitHub } from "../support/github.ts";
import { startMailServer } from "../support/mail-server.ts";
import { type Environment, run } from "../support/service.ts";
import { test } from "../support/test.ts";

const MAIL_FROM = "Taskchat <taskchat@example.com>";
const ADDRESS = "you@example.com";
const NO_DATABASE = "postgresql://auth_service@127.0.0.1:1/none";
const TO_PROVIDERS = `--import=${import.meta.dirname}/../support/redirect-fetch.ts`;

const doctor = (environment: Environment, ...args: string[]) => run("commands/doctor.ts", environment, ...args);

/** Without the database, which these checks don't need. */
const doctorAlone = (environment: Environment, ...args: string[]) =>
  doctor({ AUTH_DATABASE_URL: NO_DATABASE, ...environment }, "--without-database", ...args);

describe("the doctor", () => {
  test("reports each part by itself", async ({ database }) => {
    const { status, stdout, stderr } = await doctor({
      AUTH_DATABASE_URL: database.authUrl,
      SMTP_URL: "smtps://me:only-the-tests-know@no-such-host.invalid:465",
      MAIL_FROM,
    });
    expect({ status, stderr }).toEqual({ status: 1, stderr: "" });
    expect(stdout.trim().split("\n").sort()).toEqual([
      "failed  SMTP_URL: the host name of no-such-host.invalid:465 is unknown: correct it",
      "ok      settings, database, schema auth and the signing key",
    ]);
  });

  test("says in which way providers refuse their credentials", async () => {
    const github = await startGitHub();
    const environment = { NODE_OPTIONS: TO_PROVIDERS, PROVIDERS_URL: github.url, GITHUB_CLIENT_ID: CLIENT.id };
    const [right, wrong, unreachable] = await Promise.all([
      doctorAlone({ ...environment, GITHUB_CLIENT_SECRET: CLIENT.secret }),
      doctorAlone({ ...environment, GITHUB_CLIENT_SECRET: "another" }),
      doctorAlone({ ...environment, GITHUB_CLIENT_SECRET: CLIENT.secret, PROVIDERS_URL: "http://127.0.0.1:1" }),
    ]);
    await github.close();
    expect(right.stdout).toMatch(/^ok {6}GitHub accepts our credentials; .*\/api\/auth\/callback\/github$/m);
    expect(wrong.stdout).toMatch(/^failed {2}GitHub refuses GITHUB_CLIENT_ID and GITHUB_CLIENT_SECRET/m);
    expect(unreachable.stdout).toMatch(/^note {4}GitHub gave no clear answer/m);
    expect([right, wrong, unreachable].map(({ status }) => status)).toEqual([0, 1, 0]);
  });
});

describe("a test email", () => {
  test("is sent by the configured server", async () => {
    const server = await startMailServer();
    const { status, stdout } = await doctorAlone({ SMTP_URL: server.url, MAIL_FROM }, "--mail", ADDRESS);
    expect(stdout).toMatch(/^ok {6}127\.0\.0\.1:\d+ accepted the test email to you@example\.com: 250 \S/m);
    expect(status).toBe(0);
    const [mail] = await server.mailsTo(ADDRESS);
    expect(mail?.subject).toBe("Test email from Taskchat");
    expect(mail?.content).toContain(`From: ${MAIL_FROM}`);
    await server.close();
  });

  test("is a file if there is no server, on localhost", async ({ onTestFinished }) => {
    const folder = await mkdtemp(join(tmpdir(), "taskchat-doctor-"));
    onTestFinished(() => rm(folder, { recursive: true }));
    const { status, stdout } = await doctorAlone({ TASKCHAT_DATA: folder }, "--mail", ADDRESS);
    const [name = ""] = await readdir(`${folder}/mail`);
    expect(stdout).toContain(`ok      SMTP_URL is not set, so the test email was written to ${folder}/mail/${name}\n`);
    expect(await readFile(`${folder}/mail/${name}`, "utf8")).toContain(`To: ${ADDRESS}`);
    expect(status).toBe(0);
  });

  test("can't be sent without settings, or to no address", async () => {
    const [nowhere, noAddress, unknown] = await Promise.all([
      doctorAlone({ PUBLIC_URL: "https://tasks.example.com" }, "--mail", ADDRESS),
      doctorAlone({}, "--mail", "you@example.com\nBcc: all@example.com"),
      doctorAlone({}, "--male", ADDRESS),
    ]);
    expect(nowhere).toMatchObject({
      status: 1,
      stdout: "failed  the test email was not sent: set SMTP_URL and MAIL_FROM\n",
    });
    expect(noAddress).toMatchObject({
      status: 1,
      stdout: "failed  the test email was not sent: give an email address, such as you@example.com\n",
    });
    expect(unknown).toMatchObject({ status: 2, stderr: expect.stringMatching(/^usage: /) });
  });
});
