import * as texts from "./texts.tsx";

/** The share of the limit from which the character count shows. */
const SHOW_COUNT_FROM = 0.9;

export const showsLength = (length: number, max: number) => length > max * SHOW_COUNT_FROM;

interface MessageLengthProps {
  id: string;
  length: number;
  max: number;
  /** Whether the user tried to send a message that is too long. */
  isRefused: boolean;
}

/** How long the message is, once it comes near the limit. */
export function MessageLength({ id, length, max, isRefused }: MessageLengthProps) {
  if (!showsLength(length, max)) return null;
  // One text each, because browsers that translate the page replace the parts of a text and would freeze the count.
  return (
    <div id={id} className={`text-right text-[0.8125rem] ${length > max ? "text-danger" : "text-muted"}`}>
      <p>{texts.lengthOf(length, max)}</p>
      {isRefused && <p role="alert">{texts.tooLong(length - max)}</p>}
    </div>
  );
}
