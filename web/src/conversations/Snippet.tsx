import type { SnippetPart } from "@taskchat/shared-schema/api";

/** An excerpt of a message, with what the search asked for marked. */
export function Snippet({ parts }: { parts: readonly SnippetPart[] }) {
  return (
    <span dir="auto" className="line-clamp-2 text-[0.8125rem] text-muted leading-snug [overflow-wrap:anywhere]">
      {parts.map(({ text, is_match }, index) =>
        // biome-ignore lint/suspicious/noArrayIndexKey: the parts of an excerpt don't move.
        is_match ? <mark key={index}>{text}</mark> : text,
      )}
    </span>
  );
}
