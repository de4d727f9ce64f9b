import { WifiOff } from "lucide-react";
import { useIsOnline } from "../lib/connection.ts";

/** Tells users that they're offline, and what happens to their changes. */
export function ConnectionBanner() {
  const isOnline = useIsOnline();
  return (
    <div role="status">
      {!isOnline && (
        <p className="flex items-center gap-2.5 border-line border-b bg-accent-soft px-4 py-2 text-sm">
          <WifiOff aria-hidden className="size-4 shrink-0" />
          You're offline. Messages and changes will be sent when you're back. Keep this tab open until then.
        </p>
      )}
    </div>
  );
}
