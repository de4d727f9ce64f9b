import type { ReactNode } from "react";
import { onSignOut } from "../account/sign-out.ts";
import { DomainContext } from "../lib/domain.ts";
import { domain } from "../tasks/domain.ts";
import { closeToasts, ToastProvider } from "../ui/toasts.tsx";

onSignOut(closeToasts); // They may quote what the user wrote.

/** Provides the domain and toasts to the pages below it. To replace tasks by another domain, change the import. */
export function WithDomain({ children }: { children: ReactNode }) {
  return (
    <DomainContext value={domain}>
      <ToastProvider>{children}</ToastProvider>
    </DomainContext>
  );
}
