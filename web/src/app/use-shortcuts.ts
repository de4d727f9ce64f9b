import { useEffect, useRef } from "react";

export interface Shortcut {
  readonly keys: readonly string[];
  readonly does: string;
}

const isApple = /Mac|iPhone|iPad/.test(navigator.platform);

/** The rows of the list of shortcuts. The message box and the browser's own are among them. */
export const SHORTCUTS: readonly Shortcut[] = [
  { keys: [isApple ? "⌘" : "Ctrl", "K"], does: "Search and commands" },
  { keys: [isApple ? "⌘" : "Ctrl", isApple ? "⇧" : "Shift", "O"], does: "New chat" },
  { keys: ["Enter"], does: "Send the message" },
  { keys: [isApple ? "⇧" : "Shift", "Enter"], does: "Start a new line" },
  { keys: ["↑"], does: "Bring back your last message, in an empty message box" },
  { keys: ["Esc"], does: "Close a dialog, a menu or a panel" },
  { keys: ["?"], does: "Show this list" },
];

interface Actions {
  readonly newChat: () => void;
  readonly openPalette: () => void;
  readonly showShortcuts: () => void;
}

/** Calls an action for its keys. In dialogs and menus, only the one that leaves them: Ctrl+Shift+O, as in other chat apps. */
export function useShortcuts(actions: Actions): void {
  const latest = useRef(actions);
  useEffect(() => {
    latest.current = actions;
  });
  useEffect(() => {
    const onKeyDown = (event: KeyboardEvent) => {
      const action = actionFor(event);
      if (action === undefined) return;
      event.preventDefault();
      if (action === "newChat" || !isInDialog(event)) latest.current[action]();
    };
    document.addEventListener("keydown", onKeyDown);
    return () => document.removeEventListener("keydown", onKeyDown);
  }, []);
}

const isInDialog = ({ target }: KeyboardEvent) =>
  target instanceof Element && target.closest('[role="dialog"], [role="menu"]') !== null;

function actionFor({ key, ctrlKey, metaKey, shiftKey, altKey, target, isComposing }: KeyboardEvent) {
  if (altKey || isComposing) return undefined;
  if (ctrlKey || metaKey) {
    if (key.toLowerCase() === "o" && shiftKey) return "newChat";
    if (key.toLowerCase() === "k" && !shiftKey) return "openPalette";
    return undefined;
  }
  const isTyping = target instanceof Element && target.closest("input, textarea, select") !== null;
  return key === "?" && !isTyping ? "showShortcuts" : undefined;
}
