import type { ComponentProps, ReactNode } from "react";

const SHAPE =
  "inline-flex h-9 shrink-0 items-center justify-center gap-2 rounded-lg px-3.5 text-sm font-medium transition-colors " +
  "disabled:cursor-not-allowed disabled:opacity-50";

const LOOKS = {
  primary: "bg-accent text-on-accent enabled:hover:bg-accent-strong",
  secondary: "border border-line bg-canvas text-ink enabled:hover:bg-hover",
  danger: "bg-danger text-on-danger enabled:hover:opacity-90",
} as const;

type ButtonProps = ComponentProps<"button"> & { look?: keyof typeof LOOKS };

export function Button({ look = "secondary", className = "", ...props }: ButtonProps) {
  return <button type="button" className={`${SHAPE} ${LOOKS[look]} ${className}`} {...props} />;
}

type IconButtonProps = Omit<ComponentProps<"button">, "aria-label" | "title"> & { label: string; children: ReactNode };

export const ICON_BUTTON =
  "inline-grid size-9 shrink-0 place-items-center rounded-lg text-muted transition-colors hover:bg-hover hover:text-ink " +
  "disabled:cursor-not-allowed disabled:opacity-50 [&_svg]:size-4.5";

/** A button with an icon only. Its label is its accessible name and tooltip. */
export function IconButton({ label, className = "", ...props }: IconButtonProps) {
  return <button type="button" aria-label={label} title={label} className={`${ICON_BUTTON} ${className}`} {...props} />;
}

/** A button that looks like a link. */
export function TextButton({ className = "", ...props }: ComponentProps<"button">) {
  return (
    <button
      type="button"
      className={`rounded-sm font-medium text-accent underline-offset-4 hover:underline ${className}`}
      {...props}
    />
  );
}
