import { TextField } from "../ui/TextField.tsx";
import * as texts from "./entry-texts.ts";

const NAME_MAX_CHARS = 100;
const NOT_ONLY_SPACES = ".*\\S.*";

export function NameField({ defaultValue }: { defaultValue?: string }) {
  return (
    <TextField
      label={texts.NAME}
      name="name"
      autoComplete="name"
      required
      pattern={NOT_ONLY_SPACES}
      maxLength={NAME_MAX_CHARS}
      defaultValue={defaultValue}
    />
  );
}
