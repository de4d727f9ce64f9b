import { useEffect, useRef } from "react";
import { useUser } from "../account/session.ts";
import { useDraft } from "../conversations/drafts.ts";
import { useMediaQuery } from "../ui/use-media-query.ts";

/** The box to write in: what is typed there, which outlives a reload, and its focus. */
export function useMessageBox(conversationId: string | undefined) {
  const user = useUser();
  const ref = useRef<HTMLTextAreaElement>(null);
  const [text, setText] = useDraft(user.id, conversationId ?? null);

  // Whenever a conversation is opened, but where that would pull up a keyboard on the screen.
  const hasKeyboard = useMediaQuery("(hover: hover) and (pointer: fine)");
  // biome-ignore lint/correctness/useExhaustiveDependencies: another conversation is another reason.
  useEffect(() => {
    if (hasKeyboard) ref.current?.focus({ preventScroll: true });
  }, [conversationId, hasKeyboard]);

  function thenFocus<Argument>(act: (argument: Argument) => void): (argument: Argument) => void {
    return (argument) => {
      act(argument);
      ref.current?.focus();
    };
  }

  return { ref, text, setText, thenFocus };
}
