import { useEffect, useRef } from "react";
import { NEW_CHAT } from "../conversations/texts.ts";
import * as texts from "./texts.ts";

export interface Shortcut {
  readonly keys: readonly string[];
  readonly does: string;
}

const isApple = /Mac|iPhone|iPad/.test(navigator.platform);

/** The rows of the list of shortcuts. The message box and the browser's own are among them. */
export const SHORTCUTS: readonly Shortcut[] = [
  { keys: [isApple ? "⌘" : texts.KEY_CTRL, "K"], does: texts.SEARCH_AND_COMMANDS },
  { keys: [isApple ? "⌘" : texts.KEY_CTRL, isApple ? "⇧" : texts.KEY_SHIFT, "O"], does: NEW_CHAT },
  { keys: [texts.KEY_ENTER], does: texts.SEND_MESSAGE },
  { keys: [isApple ? "⇧" : texts.KEY_SHIFT, texts.KEY_ENTER], does: texts.START_NEW_LINE },
  { keys: ["↑"], does: texts.BRING_BACK_MESSAGE },
  { keys: [texts.KEY_ESC], does: texts.CLOSE_DIALOG },
  { keys: ["?"], does: texts.SHOW_SHORTCUTS },
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
