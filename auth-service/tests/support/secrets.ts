/** What visitors of this test file typed or were given, by value, with a word for what it is. */
const secrets = new Map<string, string>();

export function remember(kind: string, value: string): void {
  secrets.set(value, kind);
  secrets.set(encodeURIComponent(value), kind);
}

/** The kinds of secrets that stand in the text. */
export function leaksIn(text: string): string[] {
  const found = [...secrets].filter(([value]) => text.includes(value)).map(([, kind]) => kind);
  return [...new Set(found)];
}
