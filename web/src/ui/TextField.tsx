import { Eye, EyeOff } from "lucide-react";
import { type ComponentProps, useId, useState } from "react";
import { IconButton } from "./Button.tsx";
import * as texts from "./texts.ts";

export const INPUT =
  "w-full rounded-lg border border-control bg-canvas px-3 text-ink placeholder:text-muted " +
  "focus:border-accent focus:outline-2 focus:-outline-offset-1 focus:outline-accent";

type TextFieldProps = Omit<ComponentProps<"input">, "id"> & {
  label: string;
  hint?: string;
  /** Shown below the field and announced when it appears. */
  error?: string | undefined;
};

export function TextField({ label, hint, error, type = "text", "aria-describedby": more, ...props }: TextFieldProps) {
  const id = useId();
  const isPassword = type === "password";
  const [isShown, setIsShown] = useState(false);
  const describedBy = [error && `${id}-error`, hint && `${id}-hint`, more].filter(Boolean).join(" ");
  return (
    <div className="flex flex-col gap-1.5">
      <label htmlFor={id} className="text-sm font-medium">
        {label}
      </label>
      <div className="relative">
        <input
          id={id}
          aria-describedby={describedBy || undefined}
          aria-invalid={error ? true : undefined}
          className={`${INPUT} h-10 aria-invalid:border-danger ${isPassword ? "pr-11" : ""}`}
          {...props}
          type={isPassword && isShown ? "text" : type}
        />
        {isPassword && (
          <IconButton
            label={isShown ? texts.HIDE_PASSWORD : texts.SHOW_PASSWORD}
            className="absolute top-0.5 right-0.5"
            onClick={() => setIsShown(!isShown)}
          >
            {isShown ? <EyeOff aria-hidden /> : <Eye aria-hidden />}
          </IconButton>
        )}
      </div>
      {error && (
        <p id={`${id}-error`} role="alert" className="text-[0.8125rem] text-danger">
          {error}
        </p>
      )}
      {hint && (
        <p id={`${id}-hint`} className="text-[0.8125rem] text-muted">
          {hint}
        </p>
      )}
    </div>
  );
}
