import { APIError } from "better-auth/api";

const MAX_CHARS = 100;

/** Longer addresses receive no mail. Source: RFC 5321, 4.5.3.1.3, less the brackets around an address. */
export const EMAIL_MAX_CHARS = 254;

/** Control characters and halves of characters: Postgres stores them differently from how they were sent, or not at all. */
const UNSTORABLE = /[\p{Cc}\p{Cs}]/gu;

const fits = (name: unknown): name is string =>
  typeof name === "string" && name.trim() !== "" && name.length <= MAX_CHARS && name.search(UNSTORABLE) < 0;

export function requireName(name: unknown): void {
  if (fits(name)) return;
  throw new APIError("BAD_REQUEST", {
    code: "INVALID_NAME",
    message: `A name has 1 to ${MAX_CHARS} characters, none of them a control character, and comes alone where it is changed`,
  });
}

export function requireEmailLength(email: unknown): void {
  if (typeof email !== "string" || email.length <= EMAIL_MAX_CHARS) return;
  throw new APIError("BAD_REQUEST", {
    code: "EMAIL_TOO_LONG",
    message: `An email address has at most ${EMAIL_MAX_CHARS} characters`,
  });
}

/** The name as a provider tells it, or what is left of it; who has none is called by what their address begins with. */
export async function sanitizeName({ name, email }: { name: string; email: string }) {
  if (fits(name)) return;
  const fitting = [name, email.split("@")[0] ?? ""].map((text) =>
    text.slice(0, MAX_CHARS).replace(UNSTORABLE, "").trim(),
  );
  return { data: { name: fitting.find((text) => text !== "") ?? "" } };
}
