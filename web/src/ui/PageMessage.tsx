import type { ReactNode } from "react";

interface PageMessageProps {
  title: string;
  /** Use h2 if the page already has an h1. */
  heading?: "h1" | "h2";
  children: ReactNode;
  action?: ReactNode;
  logo?: ReactNode;
  /** Whether screen readers announce it at once. */
  urgent?: boolean;
}

/** A message that replaces a page's content. */
export function PageMessage({
  title,
  heading: Heading = "h1",
  children,
  action,
  logo,
  urgent = false,
}: PageMessageProps) {
  return (
    <div
      role={urgent ? "alert" : undefined}
      className="mx-auto flex min-h-full max-w-md flex-col items-center justify-center gap-3 px-6 py-12 text-center"
    >
      {logo}
      <Heading className="text-balance font-semibold text-xl">{title}</Heading>
      <div className="text-balance text-muted">{children}</div>
      {action && <div className="mt-3">{action}</div>}
    </div>
  );
}
