import type { TestProject } from "vitest/node";
import { createDatabase } from "./database.ts";
import { startPostgres } from "./postgres.ts";
import { migrate } from "./service.ts";

declare module "vitest" {
  interface ProvidedContext {
    /** The superuser's URL of the server that all test files share. */
    postgresUrl: string;
    /** The name of a migrated database on it, to copy: migrating each test database takes much longer. */
    migratedTemplate: string;
  }
}

export default async function setup(project: TestProject) {
  const server = await startPostgres();
  const template = await createDatabase(server.url);
  await migrate(template);
  await template.close(); // Postgres copies only databases without connections.
  project.provide("postgresUrl", server.url);
  project.provide("migratedTemplate", template.name);
  return () => server.stop();
}
