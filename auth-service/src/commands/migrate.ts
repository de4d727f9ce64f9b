import { authOptions } from "../auth.ts";
import { runCommand } from "./command.ts";
import { type Migrated, migrate } from "./migrations.ts";

await runCommand(
  async (settings, pool, log) => summary(await migrate(authOptions(settings, pool, log), pool)),
  "AUTH_MIGRATION_DATABASE_URL",
);

function summary({ createdTables, changedTables, otherChanges, createdKey, unknown }: Migrated): string {
  const changes = [
    createdTables > 0 && `${createdTables} tables created`,
    changedTables > 0 && `${changedTables} tables changed`,
    otherChanges > 0 && `${otherChanges} indexes and grants added`,
    createdKey && "first signing key created",
  ].filter(Boolean);
  const ahead = unknown.length > 0 ? ` (from a newer version, or no longer used: ${unknown.join(", ")})` : "";
  return `schema auth is up to date: ${changes.join(", ") || "nothing to do"}${ahead}`;
}
