import { test as base, inject } from "vitest";
import { createDatabase } from "./database.ts";
import { type Environment, type Service, startService } from "./service.ts";
import { newVisitor } from "./visitor.ts";

const FILE = { scope: "file" } as const;

const createMigratedDatabase = () => createDatabase(inject("postgresUrl"), { template: inject("migratedTemplate") });

/** Vitest's test with the fixtures of auth-service. */
export const test = base
  /** A migrated database for all tests of the file. */
  // biome-ignore lint/correctness/noEmptyPattern: Vitest reads from the pattern what a fixture needs
  .extend("database", FILE, async ({}, { onCleanup }) => {
    const database = await createMigratedDatabase();
    onCleanup(database.close);
    return database;
  })
  /** A ready service on that database, for all tests of the file. */
  .extend("service", FILE, async ({ database }, { onCleanup }) => {
    const service = await startService({ AUTH_DATABASE_URL: database.authUrl });
    onCleanup(async () => void (await service.stop()));
    await service.untilReady();
    return service;
  })
  /** A visitor of that service, without an account. */
  .extend("visitor", async ({ service }) => newVisitor(service))
  /** A migrated database for this test only. */
  // biome-ignore lint/correctness/noEmptyPattern: as above
  .extend("ownDatabase", async ({}, { onCleanup }) => {
    const database = await createMigratedDatabase();
    onCleanup(database.close);
    return database;
  })
  /** A database with roles and schemas, but without tables. */
  // biome-ignore lint/correctness/noEmptyPattern: as above
  .extend("emptyDatabase", async ({}, { onCleanup }) => {
    const database = await createDatabase(inject("postgresUrl"));
    onCleanup(database.close);
    return database;
  })
  /** Starts a service that stops when the test ends. */
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
