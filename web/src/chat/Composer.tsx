import { useQuery } from "@tanstack/react-query";
import { ArrowUp } from "lucide-react";
import { type FormEvent, type KeyboardEvent, type RefObject, useState } from "react";
import { useDomain } from "../lib/domain.ts";
import { isComposing } from "../ui/keyboard.ts";
import { HAS_KEYBOARD, useMediaQuery } from "../ui/use-media-query.ts";
import { MessageLength, showsLength } from "./MessageLength.tsx";
import { configQuery } from "./queries.ts";

/** The api's default. */
const DEFAULT_MAX_CHARS = 8000;

interface ComposerProps {
  ref: RefObject<HTMLTextAreaElement | null>;
  text: string;
  onChange: (text: string) => void;
  onSend: () => void;
  /** The message that Arrow Up puts into the empty box, to change it and send it again. */
  lastSent: string | undefined;
  /** Whether a reply is pending. Typing is possible, sending is not. */
  isWaiting: boolean;
}

/** The message box. Enter sends and Shift+Enter starts a new line; on phones Enter starts a new line. */
export function Composer({ ref, text, onChange, onSend, lastSent, isWaiting }: ComposerProps) {
  const { placeholder } = useDomain().chat;
  const hasKeyboard = useMediaQuery(HAS_KEYBOARD);
  const maxChars = useQuery(configQuery).data?.message_max_chars ?? DEFAULT_MAX_CHARS;
  // The api counts the code points of the trimmed text.
  const length = Array.from(text.trim()).length;
  const isTooLong = length > maxChars;
  const [isRefused, setIsRefused] = useState(false);
  const canSend = length > 0 && !isTooLong && !isWaiting;

  function onSubmit(event: FormEvent<HTMLFormElement>): void {
    event.preventDefault();
    if (canSend) onSend();
    else if (isTooLong) setIsRefused(true);
  }

  function onKeyDown(event: KeyboardEvent<HTMLTextAreaElement>): void {
    if (event.key === "ArrowUp" && text === "" && lastSent !== undefined) {
      event.preventDefault();
      onChange(lastSent);
      return;
    }
    if (event.key !== "Enter" || event.shiftKey || !hasKeyboard || isComposing(event)) return;
    event.preventDefault();
    event.currentTarget.form?.requestSubmit();
  }

  return (
    <form
      onSubmit={onSubmit}
      className="mx-auto flex w-full max-w-3xl shrink-0 flex-col gap-1.5 px-4 pb-4 sm:px-6 sm:pb-6"
    >
      <div className="flex items-end gap-2 rounded-2xl border border-control bg-canvas py-1.5 pr-1.5 pl-4 shadow-xs transition-colors focus-within:border-accent focus-within:ring-3 focus-within:ring-accent-soft forced-colors:focus-within:outline-2">
        <textarea
          ref={ref}
          rows={1}
          value={text}
          onChange={(event) => {
            setIsRefused(false);
            onChange(event.target.value);
          }}
          onKeyDown={onKeyDown}
          aria-label="Message"
          aria-describedby={showsLength(length, maxChars) ? "message-length" : undefined}
          aria-invalid={isTooLong}
          placeholder={placeholder}
          enterKeyHint={hasKeyboard ? "send" : "enter"}
          dir="auto"
          className="field-sizing-content max-h-48 min-h-9 flex-1 resize-none bg-transparent py-1.5 outline-none placeholder:text-muted"
        />
        <button
          type="submit"
          aria-label="Send"
          title="Send"
          disabled={!canSend}
          className="grid size-9 shrink-0 place-items-center rounded-xl bg-accent text-on-accent transition-colors enabled:hover:bg-accent-strong disabled:bg-hover disabled:text-muted"
        >
          <ArrowUp aria-hidden className="size-5" />
        </button>
      </div>
      <MessageLength id="message-length" length={length} max={maxChars} isRefused={isRefused && isTooLong} />
    </form>
  );
}
