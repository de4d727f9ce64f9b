import { QueryClientProvider } from "@tanstack/react-query";
import { createBrowserRouter, RouterProvider } from "react-router";
import { RequireSession } from "../account/RequireSession.tsx";
import { SignInPage } from "../account/SignInPage.tsx";
import { SignUpPage } from "../account/SignUpPage.tsx";
import { ChatPage } from "../chat/ChatPage.tsx";
import { queryClient } from "./query-client.ts";

const router = createBrowserRouter([
  { path: "/sign-in", element: <SignInPage /> },
  { path: "/sign-up", element: <SignUpPage /> },
  {
    element: <RequireSession />,
    children: [
      { path: "/", element: <ChatPage /> },
      { path: "/c/:conversationId", element: <ChatPage /> },
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
