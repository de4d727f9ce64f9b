import { Outlet } from "react-router";
import { DomainContext } from "../lib/domain.ts";
import { domain } from "../tasks/domain.ts";

/** Gives the pages below it the domain. To put another domain in place of tasks, change the import. */
export function WithDomain() {
  return (
    <DomainContext value={domain}>
      <Outlet />
    </DomainContext>
  );
}
