/** State of the account page's history entry: the page to go back to. */
interface Back {
  readonly to: string;
  readonly state: unknown;
}

export const backTo = ({ pathname, state }: { pathname: string; state?: unknown }): Back => ({ to: pathname, state });

/** Where “Back to your chats” leads. */
export function readBack(state: unknown): Back {
  return typeof state === "object" && state !== null && "to" in state ? (state as Back) : { to: "/", state: undefined };
}
