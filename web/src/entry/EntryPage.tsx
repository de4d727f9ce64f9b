import { type ReactNode, useEffect, useRef } from "react";
import { PRODUCT } from "../product.ts";
import { Logo } from "../ui/Logo.tsx";
import { PageTitle } from "../ui/PageTitle.tsx";
import { HAS_KEYBOARD } from "../ui/use-media-query.ts";

/** The id of the notice, which describes the focused element. */
export const NOTICE_ID = "notice";

interface EntryPageProps {
  heading: string;
  /** A message from the previous page. */
  notice?: string | undefined;
  children: ReactNode;
}

/** The frame of the pages for signed-out users. */
export function EntryPage({ heading, notice, children }: EntryPageProps) {
  const card = useRef<HTMLDivElement>(null);
  const title = useRef<HTMLHeadingElement>(null);
  // Without a page load, screen readers notice a new page only by its focus. On phones, a field would open the keyboard.
  // biome-ignore lint/correctness/useExhaustiveDependencies: a new heading means a new page.
  useEffect(() => {
    const field = matchMedia(HAS_KEYBOARD).matches
      ? card.current?.querySelector<HTMLElement>("[data-autofocus]")
      : null;
    (field ?? title.current)?.focus();
  }, [heading]);
  return (
    <main className="flex min-h-dvh flex-col items-center justify-center gap-8 bg-sunken px-4 py-10">
      <PageTitle>{heading}</PageTitle>
      <p className="flex items-center gap-2.5 font-semibold text-lg tracking-tight">
        <Logo /> {PRODUCT.name}
      </p>
      <div
        ref={card}
        className="flex w-full max-w-96 flex-col gap-6 rounded-2xl border border-line bg-canvas p-6 shadow-xs sm:p-8"
      >
        <h1
          ref={title}
          tabIndex={-1}
          aria-describedby={notice && NOTICE_ID}
          className="text-balance text-center font-semibold text-xl tracking-tight outline-none"
        >
          {heading}
        </h1>
        {notice && (
          <p id={NOTICE_ID} role="status" className="rounded-lg bg-accent-soft px-3 py-2 text-sm">
            {notice}
          </p>
        )}
        {children}
      </div>
      <p className="text-muted text-sm">{PRODUCT.tagline}</p>
    </main>
  );
}

export function EntryText({ children }: { children: ReactNode }) {
  return <p className="text-pretty text-center text-muted text-sm [overflow-wrap:anywhere]">{children}</p>;
}
