import { useEffect, useRef } from "react";
import { Navigate, Outlet, useLocation } from "react-router";
import { UserContext, useSession } from "../account/session.ts";
import { ErrorText } from "../api/ErrorText.tsx";
import { PRODUCT } from "../product.ts";
import { Button } from "../ui/Button.tsx";
import { PageMessage } from "../ui/PageMessage.tsx";
import { PageTitle } from "../ui/PageTitle.tsx";
import type { Origin } from "./entry-state.ts";

/** Sends signed-out users to the sign-in page and back afterwards. */
export function RequireSession() {
  const session = useSession();
  const { pathname, state: pageState } = useLocation();
  const lastUserId = useRef<string>(undefined);
  useEffect(() => {
    lastUserId.current = session.data?.user.id ?? lastUserId.current;
  });

  if (session.data) {
    return (
      <UserContext key={session.data.user.id} value={session.data.user}>
        <Outlet />
      </UserContext>
    );
  }
  if (session.isPending) return null;
  if (session.error === null) {
    const state: Origin = { from: pathname, fromState: pageState, userId: lastUserId.current };
    return <Navigate to="/sign-in" state={state} replace />;
  }
  return (
    <main className="h-dvh">
      <PageTitle />
      <PageMessage
        urgent
        title={`${PRODUCT.name} isn't responding`}
        action={<Button onClick={() => void session.refetch()}>Try again</Button>}
      >
        <ErrorText error={session.error} />
      </PageMessage>
    </main>
  );
}
