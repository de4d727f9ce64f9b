/** What stands in examples, in documentation and in Better Auth's own default. */
const WELL_KNOWN =
  /secret|password|better-?auth|change.?me|(^|[-_ ])your[-_ ]|example|default|placeholder|1234567|abcdefg|qwerty/i;

/** A short piece and nothing but repetitions of it. */
const REPETITION = /^(.{1,16})\1+$/s;

/** Fewer different characters than a random text of 32 has: of hexadecimal digits seven or less once in 28 million. */
const DISTINCT_MIN = 8;

/**
 * Whether a secret is likely to be in somebody's list of guesses.
 *
 * A random one is taken for weak less than once in a million times, hexadecimal or base64.
 */
export function isWeakSecret(secret: string): boolean {
  return WELL_KNOWN.test(secret) || REPETITION.test(secret) || new Set(secret).size < DISTINCT_MIN;
}
