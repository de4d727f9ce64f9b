import { PRODUCT } from "../product.ts";

/** One user's part of a browser's storage. */
export interface UserStorage {
  getItem(name: string): string | null;
  setItem(name: string, value: string): void;
  removeItem(name: string): void;
  /** The names of all items. */
  names(): string[];
  /** Removes everything of this user. */
  clear(): void;
}

/** A user's drafts in this tab: sessionStorage. They survive reloads and sign-in, not the tab. */
export function tabStorage(userId: string): UserStorage {
  return storageOf(userId, () => sessionStorage, tabFallback);
}

/** A user's (or another owner's) part of localStorage, which all tabs and later visits share. */
export function browserStorage(owner: string): UserStorage {
  return storageOf(owner, () => localStorage, browserFallback);
}

const tabFallback = new Map<string, string>();
const browserFallback = new Map<string, string>();

/** Calls `listener` when another tab has changed this user's part of localStorage. */
export function onBrowserStorage(userId: string, listener: () => void): void {
  addEventListener("storage", ({ key }) => {
    if (key === null || key.startsWith(prefixOf(userId))) listener();
  });
}

const prefixOf = (userId: string) => `${PRODUCT.slug}.${userId}.`;

/** If the storage is full or disabled, data lives as long as the page. */
function storageOf(userId: string, area: () => Storage, fallback: Map<string, string>): UserStorage {
  const prefix = prefixOf(userId);
  const keys = () => {
    const stored = attempt(() => Object.keys(area())) ?? [];
    return [...new Set([...stored, ...fallback.keys()])].filter((key) => key.startsWith(prefix));
  };
  const remove = (key: string) => {
    fallback.delete(key);
    attempt(() => area().removeItem(key));
  };
  return {
    getItem: (name) => fallback.get(prefix + name) ?? attempt(() => area().getItem(prefix + name)) ?? null,
    setItem: (name, value) => {
      const stored = attempt(() => {
        area().setItem(prefix + name, value);
        return true;
      });
      if (stored) fallback.delete(prefix + name);
      else fallback.set(prefix + name, value);
    },
    removeItem: (name) => remove(prefix + name),
    names: () => keys().map((key) => key.slice(prefix.length)),
    clear: () => keys().forEach(remove),
  };
}

function attempt<Result>(use: () => Result): Result | undefined {
  try {
    return use();
  } catch {
    return undefined;
  }
}
