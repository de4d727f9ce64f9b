/** The secrets of this test file's visitors: value to kind. */
const secrets = new Map<string, string>();

export function remember(kind: string, value: string): void {
  secrets.set(value, kind);
  secrets.set(encodeURIComponent(value), kind);
}

/** The kinds of secrets in the text. */
export function leaksIn(text: string): string[] {
  const found = [...secrets].filter(([value]) => text.includes(value)).map(([, kind]) => kind);
  return [...new Set(found)];
}
