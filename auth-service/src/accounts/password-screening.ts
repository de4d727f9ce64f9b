import { ZxcvbnFactory } from "@zxcvbn-ts/core";
import { adjacencyGraphs, dictionary as common } from "@zxcvbn-ts/language-common";
import { dictionary as english } from "@zxcvbn-ts/language-en";
import { APIError, getSessionFromCtx } from "better-auth/api";
import { isPasswordCompromised } from "better-auth/plugins/haveibeenpwned";
import type { Logger } from "pino";
import { describeError } from "../log.ts";
import type { Settings } from "../settings.ts";
import { PASSWORD_LENGTH } from "./password-accounts.ts";

type Context = Parameters<typeof getSessionFromCtx>[0];

/** Estimated guesses to find a password. At 100 attempts an hour, the limit per account, these take eleven years. */
const MIN_GUESSES = 1e7;

/**
 * The estimate takes quadratic time: up to 15 ms for this many characters, 1 ms for most passwords. A longer password is
 * at least as strong as its first characters.
 */
const SCREENED_CHARS = 64;

/** Limits the "l33t" substitutions tried. The default of 100 takes ten times as long and changes few estimates. */
const MAX_SPELLINGS = 8;

/** Shorter words occur by chance in unrelated passwords. */
const WORD_MIN_CHARS = 3;

const BREACH_LIST_TIMEOUT_MS = 2_000;

const estimator = new ZxcvbnFactory({
  dictionary: { ...common, "commonWords-en": english["commonWords-en"] ?? [] },
  graphs: adjacencyGraphs,
  l33tMaxSubstitutions: MAX_SPELLINGS,
});

/** Account data that its password must not be based on. */
export interface Owner {
  readonly name: string;
  readonly email: string;
}

/**
 * Reject new passwords that are easy to guess and, if enabled, passwords from known breaches.
 *
 * Invalid lengths, types, links and sessions pass: Better Auth rejects them itself.
 */
export function passwordScreening({ publicUrl, checkBreachedPasswords }: Settings, log: Logger) {
  const service = ["taskchat", new URL(publicUrl).hostname.toLowerCase()];
  return async (context: Context): Promise<void> => {
    const { password, owner } = (await newPassword(context)) ?? {};
    if (typeof password !== "string" || owner === undefined) return;
    if (password.length < PASSWORD_LENGTH.min || password.length > PASSWORD_LENGTH.max) return;
    if (isEasyToGuess(password, [...wordsOf(owner), ...service])) {
      throw new APIError("BAD_REQUEST", {
        code: "PASSWORD_TOO_WEAK",
        message: "This password is too easy to guess. Try three or four unrelated words.",
      });
    }
    if (checkBreachedPasswords && (await isBreached(password, log))) {
      throw new APIError("BAD_REQUEST", {
        code: "PASSWORD_COMPROMISED",
        message: "This password has appeared in a data breach. Choose another one.",
      });
    }
  };
}

/** The password a request sets, and its account if that exists; undefined if the request sets none. */
async function newPassword(context: Context): Promise<{ password: unknown; owner: Owner | undefined } | undefined> {
  const body = context.body ?? {};
  switch (context.path) {
    case "/sign-up/email":
      return { password: body.password, owner: ownerOf(body) };
    case "/change-password": {
      const session = await getSessionFromCtx(context);
      return session ? { password: body.newPassword, owner: session.user } : undefined;
    }
    case "/reset-password": {
      const adapter = context.context.internalAdapter;
      // Better Auth also accepts the token in the query.
      const token: unknown = body.token || context.query?.token;
      const link = typeof token === "string" && (await adapter.findVerificationValue(`reset-password:${token}`));
      const user = link && link.expiresAt > new Date() && (await adapter.findUserById(link.value));
      return user ? { password: body.newPassword, owner: user } : undefined;
    }
    default:
      return undefined;
  }
}

const ownerOf = ({ name, email }: Record<string, unknown>): Owner | undefined =>
  typeof name === "string" && typeof email === "string" ? { name, email } : undefined;

function isEasyToGuess(password: string, words: readonly string[]): boolean {
  // Treat full-width letters, ligatures and the like as plain letters.
  const screened = password.normalize("NFKC").slice(0, SCREENED_CHARS);
  const lowerCase = screened.toLowerCase();
  const withoutWords = words.reduce((rest, word) => rest.replaceAll(word, ""), lowerCase);
  const isWeak = (text: string) => estimator.check(text, [...words]).guesses < MIN_GUESSES;
  // The estimator matches the words too, reversed and in l33t, but overestimates several of them in a row.
  return isWeak(screened) || (withoutWords !== lowerCase && isWeak(withoutWords));
}

/** Longest first, so that a whole address is removed before its parts. */
function wordsOf({ name, email }: Owner): string[] {
  const whole = [email, email.split("@")[0] ?? "", name];
  const parts = [email, name].flatMap((text) => text.split(/[^\p{L}\p{N}]+/u));
  const words = new Set([...whole, ...parts].map((word) => word.toLowerCase().slice(0, SCREENED_CHARS)));
  return [...words].filter(({ length }) => length >= WORD_MIN_CHARS).sort((a, b) => b.length - a.length);
}

/** Only the first five characters of the password's hash leave this process. If the lookup fails, the password passes. */
async function isBreached(password: string, log: Logger): Promise<boolean> {
  const timeout = Promise.withResolvers<never>();
  const timer = setTimeout(() => timeout.reject(new Error("timeout")), BREACH_LIST_TIMEOUT_MS);
  try {
    return await Promise.race([isPasswordCompromised(password), timeout.promise]);
  } catch (error) {
    log.warn({ error: describeError(error) }, "could not check the breach list");
    return false;
  } finally {
    clearTimeout(timer);
  }
}
