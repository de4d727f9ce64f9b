import { type ReactNode, useEffect, useRef } from "react";
import { Redirect } from "wouter";
import { useHistoryState, usePathname } from "wouter/use-browser-location";
import { UserContext, useSession } from "../account/session.ts";
import { errorMessage } from "../api/error-messages.ts";
import { PRODUCT } from "../product.ts";
import { Button } from "../ui/Button.tsx";
import { PageMessage } from "../ui/PageMessage.tsx";
import { PageTitle } from "../ui/PageTitle.tsx";
import type { Origin } from "./entry-state.ts";

/** Sends signed-out users to the sign-in page and back afterwards. */
export function RequireSession({ children }: { children: ReactNode }) {
  const session = useSession();
  const pathname = usePathname();
  const pageState = useHistoryState<unknown>();
  const lastUserId = useRef<string>(undefined);
  useEffect(() => {
    lastUserId.current = session.data?.user.id ?? lastUserId.current;
  });

  if (session.data) {
    return (
      <UserContext key={session.data.user.id} value={session.data.user}>
        {children}
      </UserContext>
    );
  }
  if (session.isPending) return null;
  if (session.error === null) {
    const state: Origin = { from: pathname, fromState: pageState, userId: lastUserId.current };
    return <Redirect to="/sign-in" state={state} replace />;
  }
  return (
    <main className="h-dvh">
      <PageTitle />
      <PageMessage
        urgent
        title={`${PRODUCT.name} isn't responding`}
        action={<Button onClick={() => void session.refetch()}>Try again</Button>}
      >
        {errorMessage(session.error)}
      </PageMessage>
    </main>
  );
}
