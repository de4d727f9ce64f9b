import { useUser } from "../account/session.ts";
import { useChanges } from "../lib/use-changes.ts";
import { pendingTasks } from "./pending-changes.ts";
import * as texts from "./texts.tsx";

/** The tasks that are being added, or wait for a connection. */
export function PendingTasks() {
  const user = useUser();
  const added = pendingTasks(useChanges(user.id));
  if (added.length === 0) return null;
  return (
    <ul aria-label={texts.TASKS_BEING_ADDED} className="flex flex-col gap-0.5">
      {added.map(({ id, variables: { title } }) => (
        <li key={id} dir="auto" className="py-2 pr-3 pl-10.5 text-muted text-sm [overflow-wrap:anywhere]">
          {title}
        </li>
      ))}
    </ul>
  );
}
