import { Outlet } from "react-router";
import { DomainContext } from "../lib/domain.ts";
import { domain } from "../tasks/domain.ts";

/** Provides the domain to the pages below it. To replace tasks by another domain, change the import. */
export function WithDomain() {
  return (
    <DomainContext value={domain}>
      <Outlet />
    </DomainContext>
  );
}
