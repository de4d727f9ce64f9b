import { LANGUAGE } from "../language.ts";
import * as texts from "./texts.ts";

export interface DateGroup<Item> {
  readonly label: string;
  readonly items: readonly Item[];
}

/**
 * Groups items that come newest first: Today, Yesterday, Previous 7 days, Previous 30 days, then months.
 *
 * @param today - any time of the present day. Days are those of the browser's time zone.
 */
export function groupByDate<Item extends { readonly updated_at: string }>(
  items: readonly Item[],
  today: Date,
): DateGroup<Item>[] {
  const groups: { label: string; items: Item[] }[] = [];
  for (const item of items) {
    const label = labelFor(new Date(item.updated_at), today);
    const last = groups.at(-1);
    if (last?.label === label) last.items.push(item);
    else groups.push({ label, items: [item] });
  }
  return groups;
}

function labelFor(time: Date, today: Date): string {
  if (time >= startOfDay(today)) return texts.TODAY;
  if (time >= startOfDay(today, 1)) return texts.YESTERDAY;
  if (time >= startOfDay(today, 7)) return texts.PREVIOUS_7_DAYS;
  if (time >= startOfDay(today, 30)) return texts.PREVIOUS_30_DAYS;
  const isThisYear = time.getFullYear() === today.getFullYear();
  return time.toLocaleDateString(LANGUAGE, { month: "long", ...(!isThisYear && { year: "numeric" }) });
}

/** Midnight in the browser's zone. Days may have 23 or 25 hours. */
export function startOfDay(today: Date, daysBefore = 0): Date {
  return new Date(today.getFullYear(), today.getMonth(), today.getDate() - daysBefore);
}
