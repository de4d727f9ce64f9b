import { TextField } from "../ui/TextField.tsx";
import { useAuthConfig } from "./auth-config.ts";

/** For a password that is to be chosen; says how long it must be. */
export function NewPasswordField({ label }: { label: string }) {
  const length = useAuthConfig().data?.password;
  return (
    <TextField
      label={label}
      name="newPassword"
      type="password"
      autoComplete="new-password"
      required
      {...(length && {
        minLength: length.min_length,
        maxLength: length.max_length,
        hint: `${length.min_length} characters or more`,
      })}
    />
  );
}
