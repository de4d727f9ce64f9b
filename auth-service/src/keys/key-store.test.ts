import { expect, test } from "vitest";
import { classifyKeys, type StoredKey } from "./key-store.ts";

const LEAD = 610;
const GRACE = 600;
const HOUR = 3_600;

/** Keys of these ages in seconds, the newest first; the id is the age. */
const keys = (...ages: number[]) => ages.map((age) => ({ id: String(age), age }) as StoredKey);

test.for<{ name: string; ages: number[]; signing: number | undefined; published: number[] }>([
  { name: "there is no key", ages: [], signing: undefined, published: [] },
  { name: "the only key is new", ages: [0], signing: 0, published: [0] },
  {
    name: "a new one is published before it signs",
    ages: [LEAD - 1, HOUR],
    signing: HOUR,
    published: [LEAD - 1, HOUR],
  },
  { name: "it signs after the lead time", ages: [LEAD, HOUR], signing: LEAD, published: [LEAD, HOUR] },
  {
    name: "the old key is published until its last token has expired",
    ages: [LEAD + GRACE - 1, HOUR],
    signing: LEAD + GRACE - 1,
    published: [LEAD + GRACE - 1, HOUR],
  },
  {
    name: "afterwards the old key is gone",
    ages: [LEAD + GRACE, HOUR],
    signing: LEAD + GRACE,
    published: [LEAD + GRACE],
  },
  { name: "two keys are new", ages: [1, 2, HOUR], signing: HOUR, published: [1, 2, HOUR] },
  { name: "all keys are new, so the oldest signs", ages: [1, 2], signing: 2, published: [1, 2] },
  { name: "older keys are gone", ages: [1, HOUR, 2 * HOUR, 3 * HOUR], signing: HOUR, published: [1, HOUR] },
])("$name", ({ ages, signing, published }) => {
  const judged = classifyKeys(keys(...ages), { rotation: 90 * 24 * HOUR, lead: LEAD });

  expect(judged.signing?.age).toBe(signing);
  expect(judged.published.map(({ age }) => age)).toEqual(published);
});
