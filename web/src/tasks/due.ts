import * as texts from "./texts.tsx";

/**
 * When a task is due. Dates ("2026-12-04") and times ("17:00") are the reader's; strings of both compare like the
 * moments they name.
 */
export interface Due {
  readonly due_on: string | null;
  readonly due_at: string | null;
}

export type DueGroup = "overdue" | "today" | "upcoming" | "undated";

const DATE_CHARS = "2026-12-04".length;
const TIME_CHARS = "17:00".length;
const DAY_MS = 86_400_000;

/** The reader's date and time: "2026-12-04T17:00". */
export function localMinute(moment: Date): string {
  const offsetMs = moment.getTimezoneOffset() * 60_000;
  return new Date(moment.getTime() - offsetMs).toISOString().slice(0, DATE_CHARS + 1 + TIME_CHARS);
}

export const dateOf = (minute: string) => minute.slice(0, DATE_CHARS);

export const addDays = (date: string, days: number) => dateOf(new Date(Date.parse(date) + days * DAY_MS).toISOString());

/** The Monday after a date. */
export function nextMonday(date: string): string {
  const weekday = new Date(date).getUTCDay();
  return addDays(date, 7 - ((weekday + 6) % 7));
}

export function dueGroup({ due_on }: Due, now: string): DueGroup {
  if (due_on === null) return "undated";
  const today = dateOf(now);
  if (due_on === today) return "today";
  return due_on < today ? "overdue" : "upcoming";
}

/** Whether its day, or its time today, is over. */
export function isOverdue({ due_on, due_at }: Due, now: string): boolean {
  if (due_on === null) return false;
  return due_at === null ? due_on < dateOf(now) : `${due_on}T${due_at}` < now;
}

/** "Today 17:00", "Tomorrow", "Fri 4 Dec, 09:00"; undefined without a date. */
export function dueWords(
  { due_on, due_at }: Due,
  now: string,
  locale?: string,
  nameOf = texts.nearDay,
): string | undefined {
  if (due_on === null) return undefined;
  const today = dateOf(now);
  const near = (
    [
      ["yesterday", -1],
      ["today", 0],
      ["tomorrow", 1],
    ] as const
  ).find(([, by]) => due_on === addDays(today, by));
  const day = near ? nameOf(near[0]) : dateWords(due_on, today, locale);
  return due_at === null ? day : (near ? texts.dayAt : texts.dateAt)(day, timeWords(due_at, locale));
}

/** A date with its weekday, and with its year unless it is this one. */
export function dateWords(date: string, today: string, locale?: string): string {
  const isThisYear = date.slice(0, 4) === today.slice(0, 4);
  return formatUtc(Date.parse(date), locale, {
    weekday: "short",
    day: "numeric",
    month: "short",
    ...(!isThisYear && { year: "numeric" }),
  });
}

const timeWords = (time: string, locale?: string) =>
  formatUtc(Date.parse(`1970-01-01T${time}Z`), locale, { timeStyle: "short" });

// Dates and times of a calendar exist in UTC, also where the reader's clock skips an hour.
const formatUtc = (moment: number, locale: string | undefined, options: Intl.DateTimeFormatOptions) =>
  new Intl.DateTimeFormat(locale, { ...options, timeZone: "UTC" }).format(moment);
