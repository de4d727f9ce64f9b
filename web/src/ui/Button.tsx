import type { ComponentProps, MouseEvent, ReactNode } from "react";

const SHAPE =
  "inline-flex shrink-0 items-center justify-center gap-2 px-3.5 text-sm font-medium transition-colors " +
  "disabled:cursor-not-allowed disabled:opacity-50 aria-disabled:cursor-wait aria-disabled:opacity-50";

const LOOKS = {
  primary: "bg-accent text-on-accent enabled:hover:bg-accent-strong",
  secondary: "border border-line bg-canvas text-ink enabled:hover:bg-hover",
  danger: "bg-danger text-on-danger enabled:hover:opacity-90",
  /** Leads to something dangerous. */
  warning: "border border-line bg-canvas text-danger enabled:hover:bg-danger-soft",
} as const;

interface Pending {
  /** While its action runs, the button does nothing. It keeps the focus, which `disabled` would drop. */
  pending?: boolean;
}

const HEIGHTS = { normal: "h-9", large: "h-10" } as const;

type ButtonProps = ComponentProps<"button"> &
  Pending & { look?: keyof typeof LOOKS; size?: keyof typeof HEIGHTS; round?: boolean };

export function Button({
  look = "secondary",
  size = "normal",
  round = false,
  pending = false,
  className = "",
  ...props
}: ButtonProps) {
  const shape = `${SHAPE} ${HEIGHTS[size]} ${round ? "rounded-full" : "rounded-lg"} ${LOOKS[look]}`;
  return <button type="button" className={`${shape} ${className}`} {...props} {...(pending && PENDING)} />;
}

/** Enter in a field clicks the form's submit button, so this stops that too. */
const PENDING = { "aria-disabled": true, onClick: (event: MouseEvent) => event.preventDefault() } as const;

const SIZES = { normal: "size-9", small: "size-8" } as const;

type IconButtonProps = Omit<ComponentProps<"button">, "aria-label" | "title"> & {
  label: string;
  size?: keyof typeof SIZES;
  children: ReactNode;
};

/** The look of an icon button, for links too. Add a size. */
export const ICON_BUTTON =
  "inline-grid shrink-0 place-items-center rounded-lg text-muted transition-colors hover:bg-hover hover:text-ink " +
  "disabled:cursor-not-allowed disabled:opacity-50 [&_svg]:size-4.5";

/** A button with an icon only. Its label is its accessible name and tooltip. */
export function IconButton({ label, size = "normal", className = "", ...props }: IconButtonProps) {
  return (
    <button
      type="button"
      aria-label={label}
      title={label}
      className={`${ICON_BUTTON} ${SIZES[size]} ${className}`}
      {...props}
    />
  );
}

/** A button that looks like a link. */
export function TextButton({ className = "", pending = false, ...props }: ComponentProps<"button"> & Pending) {
  return (
    <button
      type="button"
      className={`rounded-sm font-medium text-accent underline-offset-4 hover:underline aria-disabled:cursor-wait aria-disabled:opacity-50 ${className}`}
      {...props}
      {...(pending && PENDING)}
    />
  );
}
