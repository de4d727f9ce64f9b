import { WifiOff } from "lucide-react";
import { useUser } from "../account/session.ts";
import { useIsOnline } from "../lib/connection.ts";
import { useIsStuck } from "../lib/use-changes.ts";
import * as texts from "./texts.ts";

/** Tells users that the server can't be reached, and what happens to their changes. */
export function ConnectionBanner() {
  const user = useUser();
  const isOnline = useIsOnline();
  const isStuck = useIsStuck(user.id);
  return (
    <div role="status">
      {(!isOnline || isStuck) && (
        <p className="flex items-center gap-2.5 border-line border-b bg-accent-soft px-4 py-2 text-sm">
          <WifiOff aria-hidden className="size-4 shrink-0" />
          {isOnline ? texts.serverSilent() : texts.OFFLINE}
        </p>
      )}
    </div>
  );
}
