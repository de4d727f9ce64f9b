import { type ComponentProps, useId } from "react";

export const INPUT =
  "w-full rounded-lg border border-control/60 bg-canvas px-3 text-ink placeholder:text-muted " +
  "focus:border-accent focus:outline-2 focus:-outline-offset-1 focus:outline-accent";

type TextFieldProps = Omit<ComponentProps<"input">, "id"> & { label: string; hint?: string };

export function TextField({ label, hint, ...props }: TextFieldProps) {
  const id = useId();
  return (
    <div className="flex flex-col gap-1.5">
      <label htmlFor={id} className="text-sm font-medium">
        {label}
      </label>
      <input id={id} aria-describedby={hint && `${id}-hint`} className={`${INPUT} h-10`} {...props} />
      {hint && (
        <p id={`${id}-hint`} className="text-[0.8125rem] text-muted">
          {hint}
        </p>
      )}
    </div>
  );
}
