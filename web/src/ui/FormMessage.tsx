interface FormMessageProps {
  children: string | undefined;
}

/** What went wrong with a form, read out as soon as it shows. */
export function FormError({ children }: FormMessageProps) {
  if (!children) return null;
  return (
    <p role="alert" className="rounded-lg bg-danger-soft px-3 py-2 text-sm text-danger">
      {children}
    </p>
  );
}

/** What a form has done, read out when it changes; for that it is there from the beginning. */
export function FormSuccess({ children }: FormMessageProps) {
  return (
    <p role="status" className={children ? "rounded-lg bg-accent-soft px-3 py-2 text-sm" : "sr-only"}>
      {children}
    </p>
  );
}
