import type { ComponentProps } from "react";
import { Link } from "react-router";

export function TextLink({ className = "", ...props }: ComponentProps<typeof Link>) {
  return (
    <Link className={`rounded-sm font-medium text-accent underline-offset-4 hover:underline ${className}`} {...props} />
  );
}
