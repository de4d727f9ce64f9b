import type { ReactNode } from "react";

interface FormMessageProps {
  children: ReactNode;
}

/** An error, announced when it appears. */
export function FormError({ children }: FormMessageProps) {
  if (!children) return null;
  return (
    <p role="alert" className="rounded-lg bg-danger-soft px-3 py-2 text-sm text-danger">
      {children}
    </p>
  );
}

/** A success message. It is always in the page, because screen readers only announce changes. */
export function FormSuccess({ children }: FormMessageProps) {
  return (
    <p role="status" className={children ? "rounded-lg bg-accent-soft px-3 py-2 text-sm" : "sr-only"}>
      {children}
    </p>
  );
}
