import { ApiError } from "../api/api-error.ts";
import { errorMessage } from "../api/error-messages.ts";
import { TextField } from "../ui/TextField.tsx";
import { useAuthConfig } from "./auth-config.ts";
import * as texts from "./entry-texts.ts";

const PASSWORD_ERRORS = new Set(["PASSWORD_TOO_SHORT", "PASSWORD_TOO_WEAK", "PASSWORD_COMPROMISED"]);

interface NewPasswordFieldProps {
  label: string;
  /** The error of the last attempt. It is shown here if it is about the new password. */
  error: unknown;
}

export function NewPasswordField({ label, error }: NewPasswordFieldProps) {
  const length = useAuthConfig().data?.password;
  return (
    <TextField
      label={label}
      name="newPassword"
      type="password"
      autoComplete="new-password"
      required
      error={isAboutNewPassword(error) ? errorMessage(error) : undefined}
      {...(length && {
        minLength: length.min_length,
        maxLength: length.max_length,
        hint: texts.passwordMinLength(length.min_length),
      })}
    />
  );
}

/** The error for the form to show, unless the new password field shows it. */
export const formError = (error: unknown): unknown => (isAboutNewPassword(error) ? undefined : error);

const isAboutNewPassword = (error: unknown) => error instanceof ApiError && PASSWORD_ERRORS.has(error.code);
