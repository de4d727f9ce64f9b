import { useQuery } from "@tanstack/react-query";
import { ArrowUp, Square } from "lucide-react";
import { type FormEvent, type KeyboardEvent, type RefObject, useEffect, useState } from "react";
import { useDomain } from "../lib/domain.ts";
import { isComposing } from "../ui/keyboard.ts";
import { HAS_KEYBOARD, useMediaQuery } from "../ui/use-media-query.ts";
import { MessageLength, showsLength } from "./MessageLength.tsx";
import { configQuery } from "./queries.ts";
import * as texts from "./texts.tsx";

/** The api's default. */
const DEFAULT_MAX_CHARS = 8000;

interface ComposerProps {
  ref: RefObject<HTMLTextAreaElement | null>;
  text: string;
  onChange: (text: string) => void;
  onSend: () => void;
  /** The message that Arrow Up puts into the empty box, to change it and send it again. */
  lastSent: string | undefined;
  /** Whether a reply is pending. Typing is possible, sending is not; the button stops it, and so does Escape. */
  isWaiting: boolean;
  onStop: () => void;
}

/** The message box. Enter sends and Shift+Enter starts a new line; on phones Enter starts a new line. */
export function Composer({ ref, text, onChange, onSend, lastSent, isWaiting, onStop }: ComposerProps) {
  const { placeholder } = useDomain().chat;
  const hasKeyboard = useMediaQuery(HAS_KEYBOARD);
  const maxChars = useQuery(configQuery).data?.message_max_chars ?? DEFAULT_MAX_CHARS;
  // The api counts the code points of the trimmed text.
  const length = Array.from(text.trim()).length;
  const isTooLong = length > maxChars;
  const [isRefused, setIsRefused] = useState(false);
  const canSend = length > 0 && !isTooLong && !isWaiting;
  const [triedToSend, setTriedToSend] = useState(false);
  useEffect(() => {
    if (!isWaiting) setTriedToSend(false);
  }, [isWaiting]);

  function onSubmit(event: FormEvent<HTMLFormElement>): void {
    event.preventDefault();
    if (canSend) onSend();
    setTriedToSend(isWaiting && length > 0);
    setIsRefused(isTooLong);
  }

  function onKeyDown(event: KeyboardEvent<HTMLTextAreaElement>): void {
    if (event.key === "ArrowUp" && text === "" && lastSent !== undefined) {
      event.preventDefault();
      onChange(lastSent);
      return;
    }
    if (event.key === "Escape" && isWaiting && !isComposing(event)) {
      event.preventDefault();
      onStop();
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
          aria-label={texts.MESSAGE}
          aria-describedby={showsLength(length, maxChars) ? "message-length" : undefined}
          aria-invalid={isTooLong}
          placeholder={placeholder}
          enterKeyHint={hasKeyboard ? "send" : "enter"}
          dir="auto"
          className="field-sizing-content max-h-48 min-h-9 flex-1 resize-none bg-transparent py-1.5 outline-none placeholder:text-muted"
        />
        <button
          type={isWaiting ? "button" : "submit"}
          aria-label={isWaiting ? texts.STOP : texts.SEND}
          title={isWaiting ? texts.STOP_ESC : texts.SEND}
          disabled={!canSend && !isWaiting}
          // The second click of a double click on Send doesn't stop what the first one has sent.
          onClick={(event) => {
            if (isWaiting && event.detail < 2) onStop();
          }}
          className="grid size-9 shrink-0 place-items-center rounded-xl bg-accent text-on-accent transition-colors enabled:hover:bg-accent-strong disabled:bg-hover disabled:text-muted"
        >
          {isWaiting ? (
            <Square aria-hidden className="size-4 fill-current" />
          ) : (
            <ArrowUp aria-hidden className="size-5" />
          )}
        </button>
      </div>
      <p role="status" className="text-[0.8125rem] text-muted empty:hidden">
        {triedToSend && (hasKeyboard ? texts.STILL_ANSWERING_ESC : texts.STILL_ANSWERING)}
      </p>
      <MessageLength id="message-length" length={length} max={maxChars} isRefused={isRefused && isTooLong} />
    </form>
  );
}
