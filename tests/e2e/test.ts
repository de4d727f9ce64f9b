import { test as base, expect } from "@playwright/test";
import { Client } from "pg";
import { type Mailbox, type MailServer, mailFolder, startMailServer } from "./mailbox.ts";
import { type Model, startModel } from "./model.ts";
import { type Settings, type Stack, startStack } from "./stack.ts";

/** Enough for the buttons and the redirects. */
const PROVIDERS = {
  GITHUB_CLIENT_ID: "github-id",
  GITHUB_CLIENT_SECRET: "github-secret",
  GOOGLE_CLIENT_ID: "google-id",
  GOOGLE_CLIENT_SECRET: "google-secret",
};

export interface WorkerFixtures {
  /** The offline assistant or a scripted model. Each has its own stacks. */
  assistant: "offline" | "model";
  model: Model | undefined;
  /** More settings of the stack. */
  settings: Settings;
  /** Whether the stack sends email, to a test server. Then emails must be confirmed. */
  mail: boolean;
  mailServer: MailServer | undefined;
  stack: Stack;
}

interface TestFixtures {
  /** The emails that the stack has sent. */
  mailbox: Mailbox;
  /** A connection to the stack's Postgres as its owner. */
  database: Client;
  /** Fails a test whose page violates its Content-Security-Policy. */
  keepsPolicy: undefined;
}

/** Playwright's test with one running stack per worker. */
export const test = base.extend<TestFixtures, WorkerFixtures>({
  assistant: ["offline", { option: true, scope: "worker" }],
  model: [
    async ({ assistant }, use) => {
      if (assistant === "offline") return use(undefined);
      const model = await startModel();
      await use(model);
      await model.stop();
    },
    { scope: "worker" },
  ],
  settings: [{}, { option: true, scope: "worker" }],
  mail: [false, { option: true, scope: "worker" }],
  mailServer: [
    async ({ mail }, use) => {
      if (!mail) return use(undefined);
      const server = await startMailServer();
      await use(server);
      await server.stop();
    },
    { scope: "worker" },
  ],
  stack: [
    async ({ model, mailServer, settings }, use) => {
      const stack = await startStack({
        ...settings,
        ...(model && { OPENAI_BASE_URL: model.baseUrl, OPENAI_API_KEY: "scripted" }),
        ...(mailServer && {
          SMTP_URL: mailServer.url,
          MAIL_FROM: "Taskchat <taskchat@example.com>",
          ...PROVIDERS,
        }),
      });
      await use(stack);
      await stack.stop();
    },
    { scope: "worker", timeout: 90_000 },
  ],
  mailbox: async ({ mailServer, stack }, use) => use(mailServer ?? mailFolder(stack.data)),
  database: async ({ stack }, use) => {
    const client = new Client({ connectionString: stack.databaseUrl });
    await client.connect();
    await use(client);
    await client.end();
  },
  baseURL: async ({ stack }, use) => use(stack.url),
  keepsPolicy: [
    async ({ context }, use) => {
      const violations: string[] = [];
      context.on("console", (message) => {
        if (message.text().includes("Content Security Policy")) violations.push(message.text());
      });
      await use(undefined);
      expect(violations).toEqual([]);
    },
    { auto: true },
  ],
});

export { expect };
