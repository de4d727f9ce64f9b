import type { FormEvent } from "react";

/** What a form's fields hold, by their names. */
export type FieldValues = (name: string) => string;

/** Takes a form's submission over from the browser. */
export function submitted(event: FormEvent<HTMLFormElement>): FieldValues {
  event.preventDefault();
  const fields = new FormData(event.currentTarget);
  return (name) => String(fields.get(name) ?? "");
}
