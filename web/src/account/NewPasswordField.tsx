import { ApiError } from "../api/api-error.ts";
import { inWords } from "../api/error-words.ts";
import { TextField } from "../ui/TextField.tsx";
import { useAuthConfig } from "./auth-config.ts";

const REFUSALS = new Set(["PASSWORD_TOO_SHORT", "PASSWORD_TOO_WEAK", "PASSWORD_COMPROMISED"]);

interface NewPasswordFieldProps {
  label: string;
  /** Why the form was refused. */
  error: unknown;
}

/** A field for a new password, with the required length and the reason for a refusal. */
export function NewPasswordField({ label, error }: NewPasswordFieldProps) {
  const length = useAuthConfig().data?.password;
  return (
    <TextField
      label={label}
      name="newPassword"
      type="password"
      autoComplete="new-password"
      required
      error={isAboutNewPassword(error) ? inWords(error) : undefined}
      {...(length && {
        minLength: length.min_length,
        maxLength: length.max_length,
        hint: `${length.min_length} characters or more`,
      })}
    />
  );
}

/** The error message of a form, unless its new password field shows it. */
export const otherErrorInWords = (error: unknown): string | undefined =>
  error && !isAboutNewPassword(error) ? inWords(error) : undefined;

const isAboutNewPassword = (error: unknown) => error instanceof ApiError && REFUSALS.has(error.code);
