import { accessTokens } from "../api/client.ts";
import { removeOfflineData } from "../lib/offline-data.ts";
import { queryClient, SESSION_KEY } from "../lib/query-client.ts";
import { browserStorage, tabStorage } from "../lib/tab-storage.ts";
import { clearChanges } from "../lib/use-changes.ts";
import { PRODUCT } from "../product.ts";
import { forgetSession, sessionQuery } from "./session.ts";
import { type Leaving, noteLeaving } from "./signed-out.ts";

/** What lib/changes.ts and chat/outbox.ts store. */
const UNSENT = /^(change|message)\./;

const listeners = new Set<(userId: string) => void>();

/** Calls the listener when a user signs out or deletes their account, in this tab or another one. */
export function onSignOut(listener: (userId: string) => void): void {
  listeners.add(listener);
}

/** Whether there are messages or changes that the server doesn't have. Signing out removes them. */
export function hasUnsent(userId: string): boolean {
  const storage = browserStorage(userId);
  const items = storage.names().filter((name) => UNSENT.test(name));
  return items.some((name) => {
    const { state, errorCode, isLate } = JSON.parse(storage.getItem(name) ?? "{}");
    const isBeingAnswered = state === "sending" && errorCode === undefined && !isLate;
    return !isBeingAnswered;
  });
}

/** Tells the other tabs, which share the session cookie, whose session has ended. */
const otherTabs = new BroadcastChannel(`${PRODUCT.slug}.left`);

/** Removes all data of a user who signed out or deleted their account. The page then shows the sign-in form. */
export function clearUser(userId: string, how: Leaving): void {
  noteLeaving(how, false);
  clearThisTab(userId);
  otherTabs.postMessage({ userId, how });
}

/** Signs this tab out whenever another tab signs out. */
export function followOtherTabs(): void {
  otherTabs.onmessage = ({ data }: MessageEvent<{ userId: string; how: Leaving } | string>) => {
    // A tab of the previous release sends only the id.
    const { userId, how } = typeof data === "string" ? ({ userId: data, how: "signed_out" } as const) : data;
    noteLeaving(how, true);
    clearThisTab(userId);
  };
}

function clearThisTab(userId: string): void {
  accessTokens.clear();
  for (const listener of listeners) listener(userId);
  clearChanges(userId);
  forgetSession(userId);
  void removeOfflineData(userId);
  browserStorage(userId).clear();
  tabStorage(userId).clear();
  // A response that is still on its way would restore the session.
  void queryClient.cancelQueries({ queryKey: SESSION_KEY });
  // Not clear(): observers of the session would not be notified.
  queryClient.setQueryData(sessionQuery.queryKey, (session) =>
    session && session.user.id !== userId ? session : null,
  );
  queryClient.removeQueries({ predicate: ({ queryKey }) => queryKey[0] !== SESSION_KEY[0] });
}
