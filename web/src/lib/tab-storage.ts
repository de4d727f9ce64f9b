import { PRODUCT } from "../product.ts";

/** One user's drafts and undelivered messages in this tab. They survive reloads and sign-in, not the tab. */
interface TabStorage {
  getItem(name: string): string | null;
  setItem(name: string, value: string): void;
  removeItem(name: string): void;
  /** Removes everything of this user. */
  clear(): void;
}

const fallback = new Map<string, string>();

/** The user's part of sessionStorage. If that is full or disabled, data lives as long as the page. */
export function tabStorage(userId: string): TabStorage {
  const prefix = `${PRODUCT.slug}.${userId}.`;
  return {
    getItem: (name) => fallback.get(prefix + name) ?? attempt(() => sessionStorage.getItem(prefix + name)) ?? null,
    setItem: (name, value) => {
      const stored = attempt(() => {
        sessionStorage.setItem(prefix + name, value);
        return true;
      });
      if (stored) fallback.delete(prefix + name);
      else fallback.set(prefix + name, value);
    },
    removeItem: (name) => {
      fallback.delete(prefix + name);
      attempt(() => sessionStorage.removeItem(prefix + name));
    },
    clear: () => {
      const stored = attempt(() => Object.keys(sessionStorage)) ?? [];
      for (const key of [...stored, ...fallback.keys()]) {
        if (!key.startsWith(prefix)) continue;
        fallback.delete(key);
        attempt(() => sessionStorage.removeItem(key));
      }
    },
  };
}

function attempt<Result>(use: () => Result): Result | undefined {
  try {
    return use();
  } catch {
    return undefined;
  }
}
