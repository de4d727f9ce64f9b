import { accessTokens } from "../api/client.ts";
import { queryClient, SESSION_KEY } from "../lib/query-client.ts";
import { tabStorage } from "../lib/tab-storage.ts";
import { PRODUCT } from "../product.ts";
import { closeToasts } from "../ui/toasts.tsx";
import { sessionQuery } from "./session.ts";

const listeners = new Set<(userId: string) => void>();

/** Registers what another room must clean up when a user signs out or deletes their account. */
export function onLeave(listener: (userId: string) => void): void {
  listeners.add(listener);
}

/** Reaches the other tabs of this browser, which share the session's cookie. Says whose session has ended. */
const otherTabs = new BroadcastChannel(`${PRODUCT.slug}.left`);

/** Leaves nothing of somebody behind who has signed out or deleted their account. The sign-in page follows. */
export function leave(userId: string): void {
  leaveThisTab(userId);
  otherTabs.postMessage(userId);
}

/** Has this tab left as soon as another one is. */
export function leaveWithOtherTabs(): void {
  otherTabs.onmessage = ({ data }: MessageEvent<string>) => leaveThisTab(data);
}

function leaveThisTab(userId: string): void {
  accessTokens.forget();
  for (const listener of listeners) listener(userId);
  tabStorage(userId).clear();
  closeToasts(); // They may quote what the user wrote.
  // An answer that is still on its way would bring the session back.
  void queryClient.cancelQueries({ queryKey: SESSION_KEY });
  // Not all at once by clear(): who watches the session would never hear of its end.
  queryClient.setQueryData(sessionQuery.queryKey, (session) =>
    session && session.user.id !== userId ? session : null,
  );
  queryClient.removeQueries({ predicate: ({ queryKey }) => queryKey[0] !== SESSION_KEY[0] });
}
