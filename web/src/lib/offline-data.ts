import { hashKey, onlineManager, type Query, type QueryKey } from "@tanstack/react-query";
import { ApiError } from "../api/api-error.ts";
import { PRODUCT } from "../product.ts";
import { queryClient } from "./query-client.ts";

const MAX_AGE_MS = 7 * 24 * 60 * 60 * 1000;
/** Of one user. */
const MAX_ENTRIES = 200;
const STORE = "queries";
const GONE = 404;

interface Entry {
  readonly hash: string;
  readonly userId: string;
  readonly queryKey: QueryKey;
  readonly data: unknown;
  readonly updatedAt: number;
}

/** The `meta` of queries that can be read offline. The user's id must be the second part of their key. */
export const READ_OFFLINE = { readOffline: true };

let opening: Promise<IDBDatabase> | undefined;

function open(): Promise<IDBDatabase> {
  opening ??= new Promise((resolve, reject) => {
    const request = indexedDB.open(PRODUCT.slug, 1);
    request.onupgradeneeded = () => request.result.createObjectStore(STORE, { keyPath: "hash" });
    request.onsuccess = () => resolve(request.result);
    request.onerror = () => reject(request.error);
  });
  return opening;
}

/** Runs one request in a transaction. */
async function use<Result>(
  mode: IDBTransactionMode,
  act: (store: IDBObjectStore) => IDBRequest<Result>,
): Promise<Result> {
  const store = (await open()).transaction(STORE, mode).objectStore(STORE);
  const request = act(store);
  return new Promise((resolve, reject) => {
    request.onsuccess = () => resolve(request.result);
    request.onerror = () => reject(request.error);
  });
}

/** What is stored. Empty where the browser has no storage for this page, as in some private windows. */
const readAll = (): Promise<Entry[]> => use<Entry[]>("readonly", (store) => store.getAll()).catch(() => []);

async function remove(entries: readonly Pick<Entry, "hash">[]): Promise<void> {
  await Promise.all(entries.map(({ hash }) => use("readwrite", (store) => store.delete(hash)))).catch(() => {});
}

/** Shows what was read before, where nothing else is shown. */
async function restore(userId: string): Promise<void> {
  for (const { queryKey, data, updatedAt, ...entry } of await readAll()) {
    const isUsable = entry.userId === userId && updatedAt > Date.now() - MAX_AGE_MS;
    if (isUsable && queryClient.getQueryData(queryKey) === undefined)
      queryClient.setQueryData(queryKey, data, { updatedAt });
  }
}

/** Removes what is too old, too much, or another user's. */
async function prune(userId: string): Promise<void> {
  const entries = (await readAll()).sort((a, b) => b.updatedAt - a.updatedAt);
  const kept = entries
    .filter((entry) => entry.userId === userId && entry.updatedAt > Date.now() - MAX_AGE_MS)
    .slice(0, MAX_ENTRIES);
  await remove(entries.filter((entry) => !kept.includes(entry)));
}

let currentUser: string | undefined;

/** Keeps what this user reads, and shows it when the server can't be reached. Removes what other users have read. */
export function keepOfflineData(userId: string): void {
  if (currentUser === userId) return;
  currentUser = userId;
  void prune(userId);
  if (!onlineManager.isOnline()) void restore(userId);
}

/** Shows what this user has read before. */
export async function showOfflineData(userId: string): Promise<void> {
  keepOfflineData(userId);
  await restore(userId);
}

/** Removes what this user has read, after sign-out. */
export async function removeOfflineData(userId: string): Promise<void> {
  if (currentUser === userId) currentUser = undefined;
  await remove((await readAll()).filter((entry) => entry.userId === userId));
}

function keep({ queryHash: hash, queryKey, state }: Query, userId: string): void {
  const entry: Entry = { hash, userId, queryKey, data: state.data, updatedAt: state.dataUpdatedAt };
  // If the disk is full, it is not kept.
  use("readwrite", (store) => store.put(entry)).catch(() => {});
}

/** Removes what was read of something that is gone. */
export function removeFromOfflineData(queryKey: QueryKey): void {
  void remove([{ hash: hashKey(queryKey) }]);
}

export function followQueries(): void {
  queryClient.getQueryCache().subscribe((event) => {
    if (event.type !== "updated" || !event.query.meta?.readOffline) return;
    const { action, query } = event;
    if (currentUser === undefined || query.queryKey[1] !== currentUser) return;
    if (action.type === "success" && !action.manual) keep(query, currentUser);
    if (action.type !== "error" || !(action.error instanceof ApiError)) return;
    if (action.error.status === GONE) removeFromOfflineData(query.queryKey);
    else if (query.state.data === undefined) void restore(currentUser);
  });
  onlineManager.subscribe((isOnline) => {
    if (!isOnline && currentUser !== undefined) void restore(currentUser);
  });
}
