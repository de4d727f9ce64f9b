import { authOptions } from "../auth.ts";
import { runCommand } from "./command.ts";
import { type Migrated, migrate } from "./migrations.ts";

await runCommand(
  async (settings, pool, log) => summary(await migrate(authOptions(settings, pool, log), pool)),
  "AUTH_MIGRATION_DATABASE_URL",
);

function summary({ createdTables, changedTables, createdKey }: Migrated): string {
  const changes = [
    createdTables > 0 && `${createdTables} tables created`,
    changedTables > 0 && `${changedTables} tables changed`,
    createdKey && "first signing key created",
  ].filter(Boolean);
  return `schema auth is up to date: ${changes.join(", ") || "nothing to do"}`;
}
