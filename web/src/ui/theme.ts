import { useSyncExternalStore } from "react";

export type Theme = "system" | "light" | "dark";

/** As in public/start.js and index.html. */
const KEY = "theme";
const COLORS = { light: "#ffffff", dark: "#191917" } as const;

const root = document.documentElement;
const listeners = new Set<() => void>();

function readTheme(): Theme {
  const { theme } = root.dataset;
  return theme === "light" || theme === "dark" ? theme : "system";
}

function applyTheme(theme: Theme): void {
  if (theme === "system") delete root.dataset.theme;
  else root.dataset.theme = theme;
  for (const meta of document.querySelectorAll<HTMLMetaElement>('meta[name="theme-color"]')) {
    meta.content = COLORS[theme === "system" ? (meta.media.includes("dark") ? "dark" : "light") : theme];
  }
  for (const listener of listeners) listener();
}

export function setTheme(theme: Theme): void {
  applyTheme(theme);
  try {
    if (theme === "system") localStorage.removeItem(KEY);
    else localStorage.setItem(KEY, theme);
  } catch {
    // Without storage, it lasts as long as the page.
  }
}

// Another tab has changed it.
addEventListener("storage", ({ key, newValue }) => {
  if (key === KEY || key === null) applyTheme(newValue === "light" || newValue === "dark" ? newValue : "system");
});

function subscribe(listener: () => void): () => void {
  listeners.add(listener);
  return () => listeners.delete(listener);
}

export const useTheme = (): Theme => useSyncExternalStore(subscribe, readTheme);
