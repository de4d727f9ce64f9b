import type { ReactNode } from "react";
import { Link } from "wouter";

interface TextLinkProps {
  to: string;
  /** State of the new history entry. */
  state?: unknown;
  className?: string;
  children: ReactNode;
}

export function TextLink({ className = "", ...props }: TextLinkProps) {
  return (
    <Link className={`rounded-sm font-medium text-accent underline-offset-4 hover:underline ${className}`} {...props} />
  );
}
