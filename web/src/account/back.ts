import { withoutDrawer } from "../lib/drawer.ts";

/** State of the account page's history entry: the page to go back to. */
interface Back {
  readonly to: string;
  readonly state: unknown;
}

/** Leads back to the page that is shown now. */
export const backTo = (): Back => ({ to: location.pathname, state: withoutDrawer(history.state) });

/** Where “Back to your chats” leads. */
export function readBack(state: unknown): Back {
  return typeof state === "object" && state !== null && "to" in state ? (state as Back) : { to: "/", state: undefined };
}
