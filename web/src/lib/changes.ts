import { ApiError, SESSION_ERRORS, TRANSIENT_ERRORS } from "../api/api-error.ts";
import type { UserStorage } from "./tab-storage.ts";

/** How often a change is tried that the server fails to handle. Then it no longer keeps the later ones from being sent. */
const MAX_ATTEMPTS = 4;
const FIRST_WAIT_SECONDS = 1;
const MAX_WAIT_SECONDS = 30;
const PREFIX = "change.";

/** Something that the user has changed, which the server may not know yet. */
export interface Change<Variables = unknown> {
  /** Also its Idempotency-Key. */
  readonly id: string;
  /** Its place in the order in which changes were made. */
  readonly place: number;
  readonly kind: string;
  readonly variables: Variables;
  /** Sent, and waiting until the page shows the outcome; or refused by the server, with the error's code. */
  readonly state: "waiting" | "sent" | "refused";
  readonly errorCode?: string;
  /** The page that still offers to undo it. It is sent when that page lets it go or has ended. */
  readonly heldBy?: string;
}

export interface Changes {
  /** In the order in which they were made. The array is replaced on changes. */
  all(): readonly Change[];
  /** Whether the server could not be reached. */
  isStuck(): boolean;
  subscribe(listener: () => void): () => void;
  /** Stores a change and sends it. `outcome` is the server's answer or its refusal. */
  add<Result>(kind: string, variables: unknown): { id: string; outcome: Promise<Result> };
  /** Stores a change that is sent after `release`, or after this page has ended. */
  hold(kind: string, variables: unknown): string;
  release(id: string): void;
  /** Sends a refused change again. */
  retry(id: string): void;
  /** Removes a change. Returns false if it was sent already, or is being sent. */
  discard(id: string): boolean;
  /** Sends what waits, once. Resolves when everything is sent or something has to wait longer. */
  send(): Promise<void>;
  /** Like `send`, but also sends what this page holds. */
  finish(): Promise<void>;
  /** Sends what this page holds without waiting for an answer, because the page is about to end. */
  sendHeldAtExit(): void;
  /** Looks for changes of other tabs. */
  reload(): void;
  /** Removes everything after sign-out. */
  clear(): void;
}

interface ChangesOptions {
  storage: Pick<UserStorage, "getItem" | "setItem" | "removeItem" | "names">;
  /** Makes one attempt. `atExit` is set when the page is about to end. */
  post: (change: Change, atExit?: boolean) => Promise<unknown>;
  /** Fetches what changes of this kind have changed, and resolves when it is shown. */
  refresh: (kinds: ReadonlySet<string>) => Promise<void>;
  onError: (error: unknown) => void;
  /** Runs one tab's function at a time. */
  exclusively: (run: () => Promise<void>) => Promise<void>;
  /** This page, and those that are open. */
  pageId: string;
  openPages: () => Promise<ReadonlySet<string>>;
  isOnline: () => boolean;
  /** Calls `send` after a while. Replaces an earlier timer. */
  later: (seconds: number, send: () => void) => void;
}

/**
 * Keeps the changes of one user until the server has them, over all tabs and visits.
 *
 * They are sent in order, one at a time, by one tab at a time. While the server can't be reached, they wait. A refused
 * change stays until the user retries or discards it, and doesn't stop the others. Sending a change twice must be
 * harmless: a tab may end after the server has it and before it is removed here.
 */
export function createChanges(options: ChangesOptions): Changes {
  const { storage, post, refresh, onError, exclusively, pageId, openPages, isOnline, later } = options;
  const listeners = new Set<() => void>();
  const outcomes = new Map<string, PromiseWithResolvers<unknown>>();
  const attempts = new Map<string, number>();
  /** Sent by this page, but not yet part of what the server's lists show. */
  let sent: readonly Change[] = [];
  let stored = read(storage);
  let snapshot: readonly Change[] = stored;
  let stuckFor = 0;
  let sending: Promise<void> | undefined;
  let sendAgain = false;
  /** The id of the change that is being sent. */
  let posting: string | undefined;

  function notify(): void {
    stored = read(storage);
    const ids = new Set(stored.map(({ id }) => id));
    snapshot = [...sent.filter(({ id }) => !ids.has(id)), ...stored].sort(byPlace);
    for (const listener of listeners) listener();
  }

  function store(change: Change): void {
    storage.setItem(PREFIX + change.id, JSON.stringify(change));
    notify();
  }

  function remove(id: string): void {
    storage.removeItem(PREFIX + id);
    attempts.delete(id);
    notify();
  }

  function create(kind: string, variables: unknown, held: boolean): Change {
    const place = Math.max(0, ...snapshot.map((change) => change.place), ...read(storage).map((one) => one.place)) + 1;
    const id = crypto.randomUUID();
    return { id, place, kind, variables, state: "waiting", ...(held && { heldBy: pageId }) };
  }

  const find = (id: string) => read(storage).find((change) => change.id === id);

  function settle(id: string, act: (outcome: PromiseWithResolvers<unknown>) => void): void {
    const outcome = outcomes.get(id);
    outcomes.delete(id);
    if (outcome) act(outcome);
  }

  function refuse(change: Change, error: unknown): void {
    stuckFor = 0;
    const errorCode = error instanceof ApiError ? error.code : "internal_error";
    attempts.delete(change.id);
    store({ ...change, state: "refused", errorCode });
    settle(change.id, ({ reject }) => reject(error));
  }

  /** Whether to go on with the next change. */
  function handleError(change: Change, error: unknown): boolean {
    onError(error);
    if (find(change.id) === undefined) return true; // Discarded while it was sent.
    const code = error instanceof ApiError ? error.code : undefined;
    // It waits until its user is signed in again.
    if (code !== undefined && SESSION_ERRORS.has(code)) return false;
    const failed = (attempts.get(change.id) ?? 0) + 1;
    const waits = code !== undefined && TRANSIENT_ERRORS.has(code);
    const isDefect = code === undefined || code === "internal_error";
    if (!waits && !(isDefect && failed < MAX_ATTEMPTS)) {
      refuse(change, error);
      return true;
    }
    attempts.set(change.id, failed);
    stuckFor += 1;
    const asked = error instanceof ApiError ? (error.retryAfterSeconds ?? 0) : 0;
    sendAgain = false;
    later(Math.max(asked, Math.min(MAX_WAIT_SECONDS, FIRST_WAIT_SECONDS * 2 ** (stuckFor - 1))), () => void start());
    notify();
    return false;
  }

  async function sendInOrder(): Promise<void> {
    const done: Change[] = [];
    const tried = new Set<string>();
    const open = await openPages();
    const isDue = ({ id, state, heldBy }: Change) =>
      state === "waiting" && !tried.has(id) && (heldBy === undefined || (heldBy !== pageId && !open.has(heldBy)));
    while (isOnline()) {
      const change = read(storage).find(isDue);
      if (change === undefined) break;
      tried.add(change.id);
      try {
        posting = change.id;
        const result = await post(change).finally(() => {
          posting = undefined;
        });
        stuckFor = 0;
        // Unless it was discarded while it was sent.
        if (find(change.id)) sent = [...sent, { ...change, state: "sent" }];
        done.push(change);
        remove(change.id);
        settle(change.id, ({ resolve }) => resolve(result));
      } catch (error) {
        if (!handleError(change, error)) break;
        done.push(change);
      }
    }
    if (done.length > 0) void show(done);
  }

  /** Shows what the server has now, instead of the changes. */
  async function show(done: readonly Change[]): Promise<void> {
    await refresh(new Set(done.map(({ kind }) => kind)));
    sent = sent.filter((change) => !done.some(({ id }) => id === change.id));
    notify();
  }

  async function start(): Promise<void> {
    sendAgain = true;
    sending ??= (async () => {
      while (sendAgain) {
        sendAgain = false;
        await exclusively(sendInOrder);
      }
    })().finally(() => {
      sending = undefined;
    });
    return sending;
  }

  /** Lets go of what this page holds, and returns it. */
  function releaseAll(): Change[] {
    const held = read(storage).filter(({ heldBy }) => heldBy === pageId);
    const released = held.map(({ heldBy, ...change }) => change);
    released.forEach(store);
    return released;
  }

  function rewrite(id: string, change: (old: Change) => Change): void {
    const old = find(id);
    if (old === undefined) return;
    store(change(old));
    void start();
  }

  return {
    all: () => snapshot,
    isStuck: () => stuckFor > 0 && stored.some(({ state }) => state === "waiting"),
    subscribe: (listener) => {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    add: <Result>(kind: string, variables: unknown) => {
      const change = create(kind, variables, false);
      const outcome = Promise.withResolvers<unknown>();
      outcomes.set(change.id, outcome);
      store(change);
      void start();
      return { id: change.id, outcome: outcome.promise as Promise<Result> };
    },
    hold: (kind, variables) => {
      const change = create(kind, variables, true);
      store(change);
      return change.id;
    },
    release: (id) => rewrite(id, ({ heldBy, ...change }) => change),
    retry: (id) => rewrite(id, ({ errorCode, ...change }) => ({ ...change, state: "waiting" })),
    discard: (id) => {
      if (posting === id) return false;
      const found = find(id) !== undefined;
      remove(id);
      settle(id, ({ reject }) => reject(new ApiError("discarded")));
      return found;
    },
    send: start,
    finish: () => {
      releaseAll();
      return start();
    },
    sendHeldAtExit: () => {
      for (const change of releaseAll()) {
        // The next visit makes sure that it has arrived.
        if (isOnline()) void post(change, true).catch(() => {});
      }
    },
    reload: () => {
      notify();
      if (stored.some(({ state }) => state === "waiting")) void start();
    },
    clear: () => {
      for (const { id } of read(storage)) storage.removeItem(PREFIX + id);
      sent = [];
      stuckFor = 0;
      attempts.clear();
      outcomes.clear();
      notify();
    },
  };
}

const byPlace = (a: Change, b: Change) => a.place - b.place || (a.id < b.id ? -1 : 1);

function read(storage: ChangesOptions["storage"]): Change[] {
  const names = storage.names().filter((name) => name.startsWith(PREFIX));
  const items = names.map((name) => storage.getItem(name)).filter((item) => item !== null);
  return items.map((item): Change => JSON.parse(item)).sort(byPlace);
}
