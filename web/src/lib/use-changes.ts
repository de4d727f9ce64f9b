import { onlineManager } from "@tanstack/react-query";
import { useEffect, useSyncExternalStore } from "react";
import { PRODUCT } from "../product.ts";
import { type Change, type Changes, createChanges } from "./changes.ts";
import { isOnline } from "./connection.ts";
import { inLock } from "./locks.ts";
import { revalidateSession } from "./query-client.ts";
import { browserStorage, onBrowserStorage } from "./tab-storage.ts";

/** How changes of one kind are sent and shown. */
interface ChangeKind<Variables> {
  /** Makes one attempt. A second one with the same key must be harmless. */
  send(userId: string, variables: Variables, request: ChangeRequest): Promise<unknown>;
  /** Fetches what they have changed, and resolves when it is shown. */
  refresh(userId: string): Promise<void>;
}

interface ChangeRequest {
  /** An Idempotency-Key. */
  readonly key: string;
  /** Whether the request must outlive the page. */
  readonly keepalive: boolean;
}

const kinds = new Map<string, ChangeKind<never>>();

/** Defines a kind of change. Its name and variables are stored, so later releases must still understand them. */
export function defineChange<Variables>(name: string, kind: ChangeKind<Variables>): void {
  kinds.set(name, kind);
}

const PAGE_LOCK = `${PRODUCT.slug}.page.`;
const pageId = crypto.randomUUID();

/** Held as long as this page exists, which other tabs can see. */
function showThatThisPageIsOpen(): void {
  void navigator.locks.request(PAGE_LOCK + pageId, () => new Promise(() => {}));
}

async function openPages(): Promise<ReadonlySet<string>> {
  const names = ((await navigator.locks.query()).held ?? []).map(({ name = "" }) => name);
  return new Set(names.filter((name) => name.startsWith(PAGE_LOCK)).map((name) => name.slice(PAGE_LOCK.length)));
}

const all = new Map<string, Changes>();

/** The user's changes, which are sent whichever page is shown. */
export function changesOf(userId: string): Changes {
  const known = all.get(userId);
  if (known) return known;
  if (all.size === 0) showThatThisPageIsOpen();
  let timer: ReturnType<typeof setTimeout>;
  const created = createChanges({
    storage: browserStorage(userId),
    post: async ({ kind, variables, id }, keepalive = false) =>
      kinds.get(kind)?.send(userId, variables as never, { key: id, keepalive }),
    refresh: async (names) => {
      await Promise.all([...names].map((name) => kinds.get(name)?.refresh(userId)));
    },
    onError: revalidateSession,
    exclusively: (run) => inLock(`${userId}.changes`, "exclusive", run),
    pageId,
    openPages,
    isOnline,
    later: (seconds, send) => {
      clearTimeout(timer);
      timer = setTimeout(send, seconds * 1000);
    },
  });
  all.set(userId, created);
  onBrowserStorage(userId, created.reload);
  onlineManager.subscribe((isOnlineNow) => isOnlineNow && void created.send());
  document.addEventListener("visibilitychange", () => {
    // Timers are slow in the background.
    if (document.visibilityState === "visible" && created.isStuck()) void created.send();
  });
  addEventListener("pagehide", created.sendHeldAtExit);
  return created;
}

/** Sends the changes that earlier visits left. */
export function useSendChanges(userId: string): void {
  const changes = changesOf(userId);
  useEffect(() => void changes.send(), [changes]);
}

/** The changes that the server may not know yet. */
export function useChanges(userId: string): readonly Change[] {
  const changes = changesOf(userId);
  return useSyncExternalStore(changes.subscribe, changes.all);
}

/** Whether changes wait for a server that doesn't respond. */
export function useIsStuck(userId: string): boolean {
  const changes = changesOf(userId);
  return useSyncExternalStore(changes.subscribe, changes.isStuck);
}

/** Removes a user's changes after sign-out. */
export function clearChanges(userId: string): void {
  all.get(userId)?.clear();
}
