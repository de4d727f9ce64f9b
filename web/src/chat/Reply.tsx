import { lazy, Suspense } from "react";

interface TextProps {
  children: string;
}

/**
 * Loads what formats replies, a quarter of the page's code. Call it before the first reply comes.
 *
 * If it can't be loaded, replies are shown as they were written.
 */
export const loadMarkdown = () => import("./Markdown.tsx").catch(() => ({ Markdown: Unformatted, PlainText: Text }));

const Markdown = lazy(async () => ({ default: (await loadMarkdown()).Markdown }));
const PlainText = lazy(async () => ({ default: (await loadMarkdown()).PlainText }));

/** A reply with its formatting. */
export function Reply({ children }: TextProps) {
  return (
    <Suspense fallback={<Unformatted>{children}</Unformatted>}>
      <Markdown>{children}</Markdown>
    </Suspense>
  );
}

/** A reply without its formatting, for screen readers. */
export function PlainReply({ children }: TextProps) {
  return (
    <Suspense>
      <PlainText>{children}</PlainText>
    </Suspense>
  );
}

function Unformatted({ children }: TextProps) {
  return (
    <p dir="auto" className="whitespace-pre-wrap [overflow-wrap:anywhere]">
      {children}
    </p>
  );
}

const Text = ({ children }: TextProps) => children;
