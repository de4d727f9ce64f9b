import { useEffect, useRef } from "react";
import { HAS_KEYBOARD, useMediaQuery } from "../ui/use-media-query.ts";

/** The focus of the message box. */
export function useMessageBox(conversationId: string | undefined) {
  const ref = useRef<HTMLTextAreaElement>(null);

  // Focus the box when a conversation opens, except where that would open an on-screen keyboard.
  const hasKeyboard = useMediaQuery(HAS_KEYBOARD);
  // biome-ignore lint/correctness/useExhaustiveDependencies: focus again when the conversation changes.
  useEffect(() => {
    if (hasKeyboard) ref.current?.focus({ preventScroll: true });
  }, [conversationId, hasKeyboard]);

  function thenFocus<Argument>(act: (argument: Argument) => void): (argument: Argument) => void {
    return (argument) => {
      act(argument);
      ref.current?.focus();
    };
  }

  return { ref, thenFocus };
}
