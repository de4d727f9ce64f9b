import { QueryClientProvider } from "@tanstack/react-query";
import { createBrowserRouter } from "react-router";
import { RouterProvider } from "react-router/dom";
import { RequireSession } from "../account/RequireSession.tsx";
import { SignInPage } from "../account/SignInPage.tsx";
import { SignUpPage } from "../account/SignUpPage.tsx";
import { CrashPage } from "./CrashPage.tsx";
import { NotFoundPage } from "./NotFoundPage.tsx";
import { queryClient } from "./query-client.ts";
import { ToastProvider } from "./toasts.tsx";

/** What only somebody who is signed in needs, and the greater part of it all. */
const pages = () => import("./pages.ts");

const router = createBrowserRouter([
  {
    errorElement: <CrashPage />,
    hydrateFallbackElement: <BlankPage />,
    children: [
      { path: "/sign-in", element: <SignInPage /> },
      { path: "/sign-up", element: <SignUpPage /> },
      {
        element: <RequireSession />,
        children: [
          {
            lazy: async () => ({ Component: (await pages()).Workspace }),
            children: [
              { path: "/", lazy: async () => ({ Component: (await pages()).ChatPage }) },
              { path: "/c/:conversationId", lazy: async () => ({ Component: (await pages()).ChatPage }) },
            ],
          },
        ],
      },
      { path: "*", element: <NotFoundPage /> },
    ],
  },
]);

/** For the moment in which the pages are fetched. */
function BlankPage() {
  return null;
}

export function App() {
  return (
    <QueryClientProvider client={queryClient}>
      <ToastProvider>
        <RouterProvider router={router} />
      </ToastProvider>
    </QueryClientProvider>
  );
}
