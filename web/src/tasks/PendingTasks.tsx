import { useMutationState } from "@tanstack/react-query";
import { useUser } from "../account/session.ts";
import { addTaskKey } from "./mutations.ts";

/** The tasks that are being added, or wait for a connection. */
export function PendingTasks() {
  const user = useUser();
  const titles = useMutationState({
    filters: { mutationKey: addTaskKey(user.id), status: "pending" },
    select: ({ state }) => String(state.variables),
  });
  if (titles.length === 0) return null;
  return (
    <ul aria-label="Tasks being added" className="flex flex-col gap-0.5">
      {titles.map((title, place) => (
        // biome-ignore lint/suspicious/noArrayIndexKey: they have no ids yet, and never change places.
        <li key={place} dir="auto" className="py-2 pr-3 pl-10.5 text-muted text-sm [overflow-wrap:anywhere]">
          {title}
        </li>
      ))}
    </ul>
  );
}
