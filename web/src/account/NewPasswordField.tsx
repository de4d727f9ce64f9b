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

/** For a password that is to be chosen; says how long it must be, and why it was refused. */
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

/** What a form that asks for a new password says besides what its field does. */
export const otherErrorInWords = (error: unknown): string | undefined =>
  error && !isAboutNewPassword(error) ? inWords(error) : undefined;

const isAboutNewPassword = (error: unknown) => error instanceof ApiError && REFUSALS.has(error.code);
