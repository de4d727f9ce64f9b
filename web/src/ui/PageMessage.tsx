import type { ReactNode } from "react";

interface PageMessageProps {
  title: string;
  /** Below a page's own heading it is h2. */
  heading?: "h1" | "h2";
  children: ReactNode;
  action?: ReactNode;
  /** Whether it is bad news that has just happened, to be read out at once. */
  urgent?: boolean;
}

/** What a page says when it has nothing else to show. */
export function PageMessage({ title, heading: Heading = "h1", children, action, urgent = false }: PageMessageProps) {
  return (
    <div
      role={urgent ? "alert" : undefined}
      className="mx-auto flex min-h-full max-w-md flex-col items-center justify-center gap-3 px-6 py-12 text-center"
    >
      <Heading className="text-balance font-semibold text-xl">{title}</Heading>
      <div className="text-balance text-muted">{children}</div>
      {action && <div className="mt-3">{action}</div>}
    </div>
  );
}
