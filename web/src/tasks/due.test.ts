import { afterEach, describe, expect, it, test, vi } from "vitest";
import { addDays, type Due, dueGroup, dueWords, isOverdue, localMinute, nextMonday } from "./due.ts";

const NOW = "2026-11-30T17:00"; // a Monday
const due = (due_on: string | null, due_at: string | null = null): Due => ({ due_on, due_at });

afterEach(() => void vi.unstubAllEnvs());

describe("the reader's date and time", () => {
  it.each([
    ["Pacific/Kiritimati", "2026-12-01T00:30"],
    ["America/Los_Angeles", "2026-11-30T02:30"],
  ])("in %s", (timeZone, expected) => {
    vi.stubEnv("TZ", timeZone);
    expect(localMinute(new Date("2026-11-30T10:30:59Z"))).toBe(expected);
  });
});

test("days are counted over months, years and changes of the clock", () => {
  expect(addDays("2026-12-31", 1)).toBe("2027-01-01");
  expect(addDays("2028-03-01", -1)).toBe("2028-02-29");
  expect(addDays("2026-03-28", 2)).toBe("2026-03-30");
});

test.each([
  ["2026-11-30", "2026-12-07"],
  ["2026-12-05", "2026-12-07"],
  ["2026-12-06", "2026-12-07"],
])("the Monday after %s is %s", (date, monday) => {
  expect(nextMonday(date)).toBe(monday);
});

describe("a task", () => {
  it.each([
    [due(null), "undated"],
    [due("2026-11-29", "23:59"), "overdue"],
    [due("2026-11-30", "00:00"), "today"],
    [due("2026-12-01"), "upcoming"],
  ])("due %j is %s", (task, group) => {
    expect(dueGroup(task, NOW)).toBe(group);
  });

  it.each([
    [due("2026-11-29"), true],
    [due("2026-11-30"), false],
    [due("2026-11-30", "16:59"), true],
    [due("2026-11-30", "17:00"), false],
    [due("2026-12-01", "08:00"), false],
    [due(null), false],
  ])("due %j is overdue: %j", (task, overdue) => {
    expect(isOverdue(task, NOW)).toBe(overdue);
  });

  it.each([
    ["en-GB", due("2026-11-30", "17:00"), "Today 17:00"],
    ["en-GB", due("2026-12-01"), "Tomorrow"],
    ["en-GB", due("2026-11-29", "09:05"), "Yesterday 09:05"],
    ["en-GB", due("2026-12-04"), "Fri 4 Dec"],
    ["en-GB", due("2027-12-04"), "Sat, 4 Dec 2027"],
    ["en-US", due("2026-12-04", "17:00"), "Fri, Dec 4, 5:00 PM"],
    ["de", due("2026-12-04"), "Fr., 4. Dez."],
    ["en-GB", due(null), undefined],
  ])("in %s, %j is %j", (locale, task, words) => {
    expect(dueWords(task, NOW, locale)).toBe(words);
  });

  it("keeps a time that the reader's clock skips", () => {
    vi.stubEnv("TZ", "Europe/Berlin");
    expect(dueWords(due("2027-03-28", "02:30"), "2027-03-28T01:00", "en-GB")).toBe("Today 02:30");
  });
});
