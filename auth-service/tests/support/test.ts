import { test as base, inject } from "vitest";
import { createDatabase } from "./database.ts";
import { type Environment, migrate, type Service, startService } from "./service.ts";
import { newVisitor } from "./visitor.ts";

const FILE = { scope: "file" } as const;

/** Vitest's test, with what the tests of auth-service need. */
export const test = base
  /** A database with roles and schemas, migrated, for all tests of the file. */
  // biome-ignore lint/correctness/noEmptyPattern: Vitest reads from the pattern what a fixture needs
  .extend("database", FILE, async ({}, { onCleanup }) => {
    const database = await createDatabase(inject("postgresUrl"));
    onCleanup(database.close);
    await migrate(database);
    return database;
  })
  /** A service on that database, ready, for all tests of the file. */
  .extend("service", FILE, async ({ database }, { onCleanup }) => {
    const service = await startService({ AUTH_DATABASE_URL: database.authUrl });
    onCleanup(async () => void (await service.stop()));
    await service.untilReady();
    return service;
  })
  /** Somebody without an account, at that service. */
  .extend("visitor", async ({ service }) => newVisitor(service))
  /** A database with roles and schemas, not migrated. */
  // biome-ignore lint/correctness/noEmptyPattern: as above
  .extend("emptyDatabase", async ({}, { onCleanup }) => {
    const database = await createDatabase(inject("postgresUrl"));
    onCleanup(database.close);
    return database;
  })
  /** Starts a service that is stopped when the test ends. */
  // biome-ignore lint/correctness/noEmptyPattern: as above
  .extend("start", async ({}, { onCleanup }) => {
    const started: Service[] = [];
    onCleanup(async () => {
      for (const service of started) await service.stop();
    });
    return async (environment: Environment): Promise<Service> => {
      const service = await startService(environment);
      started.push(service);
      return service;
    };
  });
