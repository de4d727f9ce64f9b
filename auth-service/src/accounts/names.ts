import { APIError } from "better-auth/api";

const MAX_CHARS = 100;

/** Longer addresses cannot receive mail. Source: RFC 5321, 4.5.3.1.3, without the angle brackets. */
export const EMAIL_MAX_CHARS = 254;

/** Control characters and lone surrogates, which Postgres alters or rejects. */
const UNSTORABLE = /[\p{Cc}\p{Cs}]/gu;

const isValid = (name: unknown): name is string =>
  typeof name === "string" && name.trim() !== "" && name.length <= MAX_CHARS && name.search(UNSTORABLE) < 0;

export function requireName(name: unknown): void {
  if (isValid(name)) return;
  throw new APIError("BAD_REQUEST", {
    code: "INVALID_NAME",
    message: `A name needs 1 to ${MAX_CHARS} characters without control characters. Nothing else can be changed`,
  });
}

export function requireEmailLength(email: unknown): void {
  if (typeof email !== "string" || email.length <= EMAIL_MAX_CHARS) return;
  throw new APIError("BAD_REQUEST", {
    code: "EMAIL_TOO_LONG",
    message: `An email address can have at most ${EMAIL_MAX_CHARS} characters`,
  });
}

/** Clean up a provider's name; if it becomes empty, use the local part of the address. */
export async function sanitizeName({ name, email }: { name: string; email: string }) {
  if (isValid(name)) return;
  const candidates = [name, email.split("@")[0] ?? ""].map((text) =>
    text.slice(0, MAX_CHARS).replace(UNSTORABLE, "").trim(),
  );
  return { data: { name: candidates.find((text) => text !== "") ?? "" } };
}
