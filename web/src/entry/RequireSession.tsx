import { type ReactNode, useEffect, useRef } from "react";
import { Redirect } from "wouter";
import { useHistoryState, usePathname } from "wouter/use-browser-location";
import { UserContext, useSession } from "../account/session.ts";
import { signedOutNotice } from "../account/signed-out.ts";
import { ErrorText } from "../api/ErrorText.tsx";
import { withoutDrawer } from "../lib/drawer.ts";
import { Button } from "../ui/Button.tsx";
import { Logo } from "../ui/Logo.tsx";
import { PageMessage } from "../ui/PageMessage.tsx";
import { PageSkeleton } from "../ui/PageSkeleton.tsx";
import { PageTitle } from "../ui/PageTitle.tsx";
import type { EntryState } from "./entry-state.ts";

const SIGN_IN_FIRST = "Sign in to open this page.";

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
  if (session.isPending) return <PageSkeleton />;
  if (session.error === null) {
    const origin = { from: pathname, fromState: withoutDrawer(pageState), userId: lastUserId.current };
    const state: EntryState = {
      ...origin,
      notice: signedOutNotice() ?? (pathname === "/" ? undefined : SIGN_IN_FIRST),
    };
    return <Redirect to="/sign-in" state={state} replace />;
  }
  return (
    <main className="h-dvh">
      <PageTitle />
      <PageMessage
        urgent
        logo={<Logo />}
        title="Couldn't load this page"
        action={<Button onClick={() => void session.refetch()}>Try again</Button>}
      >
        <ErrorText error={session.error} />
      </PageMessage>
    </main>
  );
}
