import { QueryClientProvider } from "@tanstack/react-query";
import { createBrowserRouter } from "react-router";
import { RouterProvider } from "react-router/dom";
import { ForgotPasswordPage } from "../entry/ForgotPasswordPage.tsx";
import { RequireSession } from "../entry/RequireSession.tsx";
import { ResetPasswordPage } from "../entry/ResetPasswordPage.tsx";
import { SignInPage } from "../entry/SignInPage.tsx";
import { SignUpPage } from "../entry/SignUpPage.tsx";
import { VerifyEmailPage } from "../entry/VerifyEmailPage.tsx";
import { queryClient } from "../lib/query-client.ts";
import { PageSkeleton } from "../ui/PageSkeleton.tsx";
import { CrashPage } from "./CrashPage.tsx";
import { NotFoundPage } from "./NotFoundPage.tsx";

/** The larger part of the code, which only signed-in users need. */
const pages = () => import("./pages.ts");

const router = createBrowserRouter([
  {
    errorElement: <CrashPage />,
    hydrateFallbackElement: <PageSkeleton />,
    children: [
      { path: "/sign-in", element: <SignInPage /> },
      { path: "/sign-up", element: <SignUpPage /> },
      { path: "/verify-email", element: <VerifyEmailPage /> },
      { path: "/forgot-password", element: <ForgotPasswordPage /> },
      { path: "/reset-password", element: <ResetPasswordPage /> },
      {
        element: <RequireSession />,
        children: [
          {
            lazy: async () => ({ Component: (await pages()).WithDomain }),
            children: [
              {
                lazy: async () => ({ Component: (await pages()).Workspace }),
                children: [
                  { path: "/", lazy: async () => ({ Component: (await pages()).ChatPage }) },
                  { path: "/c/:conversationId", lazy: async () => ({ Component: (await pages()).ChatPage }) },
                ],
              },
              { path: "/account", lazy: async () => ({ Component: (await pages()).AccountPage }) },
            ],
          },
        ],
      },
      { path: "*", element: <NotFoundPage /> },
    ],
  },
]);

export function App() {
  return (
    <QueryClientProvider client={queryClient}>
      <RouterProvider router={router} />
    </QueryClientProvider>
  );
}
