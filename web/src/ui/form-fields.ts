import type { FormEvent } from "react";

/** Returns the value of a field by its name. */
export type FieldValues = (name: string) => string;

/** Prevents the page load of a form submission and returns its values. */
export function readForm(event: FormEvent<HTMLFormElement>): FieldValues {
  event.preventDefault();
  const fields = new FormData(event.currentTarget);
  return (name) => String(fields.get(name) ?? "");
}
