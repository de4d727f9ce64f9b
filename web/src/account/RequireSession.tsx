import { Navigate, Outlet, useLocation } from "react-router";
import { inWords } from "../api/error-words.ts";
import { useSession } from "./session.ts";

/** Shows what only somebody who is signed in may see, and sends everybody else to the sign-in page and back. */
export function RequireSession() {
  const session = useSession();
  const { pathname } = useLocation();
  if (session.data) return <Outlet key={session.data.user.id} context={session.data.user} />;
  if (session.isPending) return null;
  if (session.error) return <p role="alert">{inWords(session.error)}</p>;
  return <Navigate to="/sign-in" state={{ from: pathname }} replace />;
}
