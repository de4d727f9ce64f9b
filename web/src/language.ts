/** The language of all texts. Dates and times outside of sentences follow the browser's settings. */
export const LANGUAGE = "en";

const ANY_OF = new Intl.ListFormat(LANGUAGE, { type: "disjunction" });

/** "GitHub or Google". */
export const anyOf = (names: readonly string[]) => ANY_OF.format(names);

type Forms = Partial<Record<Intl.LDMLPluralRule, string>> & { readonly other: string };

/** The text for a number, such as "1 message" or "2 messages". */
export const plural = (count: number, forms: Forms) =>
  forms[new Intl.PluralRules(LANGUAGE).select(count)] ?? forms.other;
