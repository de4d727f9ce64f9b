import { QueryClientProvider } from "@tanstack/react-query";
import { lazy, type ReactNode, Suspense } from "react";
import { Route, Switch } from "wouter";
import { ForgotPasswordPage } from "../entry/ForgotPasswordPage.tsx";
import { RequireSession } from "../entry/RequireSession.tsx";
import { ResetPasswordPage } from "../entry/ResetPasswordPage.tsx";
import { SignInPage } from "../entry/SignInPage.tsx";
import { SignUpPage } from "../entry/SignUpPage.tsx";
import { VerifyEmailPage } from "../entry/VerifyEmailPage.tsx";
import { queryClient } from "../lib/query-client.ts";
import { PageSkeleton } from "../ui/PageSkeleton.tsx";
import { CrashBoundary } from "./CrashPage.tsx";
import { NotFoundPage } from "./NotFoundPage.tsx";

/** The larger part of the code, which only signed-in users need. */
const pages = () => import("./pages.ts");

/** The same, for a page that shows nothing without it. If it can't be loaded, public/start.js offers to reload. */
const needed = () =>
  pages().catch(() => {
    dispatchEvent(new Event("not-loaded"));
    return new Promise<never>(() => {});
  });

const WithDomain = lazy(async () => ({ default: (await needed()).WithDomain }));
const Workspace = lazy(async () => ({ default: (await needed()).Workspace }));
const ChatPage = lazy(async () => ({ default: (await needed()).ChatPage }));
const AccountPage = lazy(async () => ({ default: (await needed()).AccountPage }));

// Signing in takes a moment, in which they can load.
document.addEventListener("submit", () => void pages(), { once: true });

const chat = (
  <SignedIn>
    <Workspace>
      <ChatPage />
    </Workspace>
  </SignedIn>
);

export function App() {
  return (
    <QueryClientProvider client={queryClient}>
      <CrashBoundary>
        <Switch>
          <Route path="/sign-in" component={SignInPage} />
          <Route path="/sign-up" component={SignUpPage} />
          <Route path="/verify-email" component={VerifyEmailPage} />
          <Route path="/forgot-password" component={ForgotPasswordPage} />
          <Route path="/reset-password" component={ResetPasswordPage} />
          <Route path="/">{chat}</Route>
          <Route path="/c/:conversationId">{chat}</Route>
          <Route path="/account">
            <SignedIn>
              <AccountPage />
            </SignedIn>
          </Route>
          <Route component={NotFoundPage} />
        </Switch>
      </CrashBoundary>
    </QueryClientProvider>
  );
}

function SignedIn({ children }: { children: ReactNode }) {
  void pages(); // Load them while the session is fetched.
  return (
    <RequireSession>
      <Suspense fallback={<PageSkeleton />}>
        <WithDomain>{children}</WithDomain>
      </Suspense>
    </RequireSession>
  );
}
