import { QueryClientProvider } from "@tanstack/react-query";
import { createBrowserRouter } from "react-router";
import { RouterProvider } from "react-router/dom";
import { RequireSession } from "../account/RequireSession.tsx";
import { SignInPage } from "../account/SignInPage.tsx";
import { SignUpPage } from "../account/SignUpPage.tsx";
import { ChatPage } from "../chat/ChatPage.tsx";
import { CrashPage } from "./CrashPage.tsx";
import { NotFoundPage } from "./NotFoundPage.tsx";
import { queryClient } from "./query-client.ts";
import { ToastProvider } from "./toasts.tsx";
import { Workspace } from "./Workspace.tsx";

const router = createBrowserRouter([
  {
    errorElement: <CrashPage />,
    children: [
      { path: "/sign-in", element: <SignInPage /> },
      { path: "/sign-up", element: <SignUpPage /> },
      {
        element: <RequireSession />,
        children: [
          {
            element: <Workspace />,
            children: [
              { path: "/", element: <ChatPage /> },
              { path: "/c/:conversationId", element: <ChatPage /> },
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
      <ToastProvider>
        <RouterProvider router={router} />
      </ToastProvider>
    </QueryClientProvider>
  );
}
