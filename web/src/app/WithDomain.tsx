import type { ReactNode } from "react";
import { useUser } from "../account/session.ts";
import { onSignOut } from "../account/sign-out.ts";
import { DomainContext } from "../lib/domain.ts";
import { useSendChanges } from "../lib/use-changes.ts";
import { domain } from "../tasks/domain.ts";
import { closeToasts, ToastProvider } from "../ui/toasts.tsx";

// Where the browser refuses storage, the page does not open offline.
if (import.meta.env.PROD) void navigator.serviceWorker?.register("/service-worker.js").catch(() => {});

onSignOut(closeToasts); // They may quote what the user wrote.

/** Provides the domain and toasts to the pages below it. To replace tasks by another domain, change the import. */
export function WithDomain({ children }: { children: ReactNode }) {
  const user = useUser();
  useSendChanges(user.id);
  return (
    <DomainContext value={domain}>
      <ToastProvider>{children}</ToastProvider>
    </DomainContext>
  );
}
