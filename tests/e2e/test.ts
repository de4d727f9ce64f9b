import { test as base, expect } from "@playwright/test";
import { type Stack, startStack } from "./stack.ts";

interface WorkerFixtures {
  /** Settings of the services; give other ones by `test.use`, and the file gets a stack of its own. */
  settings: Record<string, string>;
  stack: Stack;
}

/** Playwright's test, with a running Taskchat for each worker. */
export const test = base.extend<object, WorkerFixtures>({
  settings: [{}, { option: true, scope: "worker" }],
  stack: [
    async ({ settings }, use) => {
      const stack = await startStack(settings);
      await use(stack);
      await stack.stop();
    },
    { scope: "worker", timeout: 90_000 },
  ],
  baseURL: async ({ stack }, use) => use(stack.url),
});

export { expect };
