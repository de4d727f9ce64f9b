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
import { TRY_AGAIN } from "../ui/texts.ts";
import type { EntryState } from "./entry-state.ts";
import * as texts from "./texts.tsx";

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
      notice: signedOutNotice() ?? (pathname === "/" ? undefined : texts.SIGN_IN_FIRST),
    };
    return <Redirect to="/sign-in" state={state} replace />;
  }
  return (
    <main className="h-dvh">
      <PageTitle />
      <PageMessage
        urgent
        logo={<Logo />}
        title={texts.LOADING_FAILED}
        action={<Button onClick={() => void session.refetch()}>{TRY_AGAIN}</Button>}
      >
        <ErrorText error={session.error} />
      </PageMessage>
    </main>
  );
}
