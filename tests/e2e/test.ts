import { test as base, expect } from "@playwright/test";
import { type Model, startModel } from "./model.ts";
import { type Stack, startStack } from "./stack.ts";

interface WorkerFixtures {
  /** What answers: the offline assistant, or a scripted model. Each has stacks of its own. */
  assistant: "offline" | "model";
  model: Model | undefined;
  stack: Stack;
}

interface TestFixtures {
  /** Fails a test whose page broke its own Content-Security-Policy. */
  keepsPolicy: undefined;
}

/** Playwright's test, with a running Taskchat for each worker. */
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
  stack: [
    async ({ model }, use) => {
      const stack = await startStack(model ? { OPENAI_BASE_URL: model.baseUrl, OPENAI_API_KEY: "scripted" } : {});
      await use(stack);
      await stack.stop();
    },
    { scope: "worker", timeout: 90_000 },
  ],
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
