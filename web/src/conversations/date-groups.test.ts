import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { groupByDate, startOfDay } from "./date-groups.ts";

const at = (year: number, month: number, day: number, hour = 12, minute = 0) => ({
  updated_at: new Date(year, month - 1, day, hour, minute).toISOString(),
});

const labels = (today: Date, ...items: { updated_at: string }[]) =>
  groupByDate(items, today).map(({ label, items: grouped }) => `${label}: ${grouped.length}`);

describe.each(["UTC", "Pacific/Auckland", "America/Los_Angeles", "Europe/Berlin"])("in %s, groupByDate", (zone) => {
  beforeEach(() => void vi.stubEnv("TZ", zone));
  afterEach(() => void vi.unstubAllEnvs());

  it("splits at the zone's midnights", () => {
    const today = new Date(2026, 10, 30, 0, 1);
    expect(
      labels(
        today,
        at(2026, 12, 1), // a clock that is ahead
        at(2026, 11, 30, 0, 0),
        at(2026, 11, 29, 23, 59),
        at(2026, 11, 29, 0, 0),
        at(2026, 11, 28, 23, 59),
        at(2026, 11, 23, 0, 0),
        at(2026, 11, 22, 23, 59),
        at(2026, 10, 31, 0, 0),
        at(2026, 10, 30, 23, 59),
        at(2026, 10, 1),
        at(2026, 1, 2),
        at(2025, 12, 31),
        at(2025, 10, 3),
      ),
    ).toEqual([
      "Today: 2",
      "Yesterday: 2",
      "Previous 7 days: 2",
      "Previous 30 days: 2",
      "October: 2",
      "January: 1",
      "December 2025: 1",
      "October 2025: 1",
    ]);
  });

  it("counts days, not hours, where clocks change", () => {
    for (const [month, day] of [
      [3, 9],
      [3, 30],
      [10, 26],
      [11, 2],
      [4, 6],
      [9, 28],
    ] as const) {
      const today = new Date(2026, month - 1, day, 23, 59);
      expect(startOfDay(today, 1).getHours()).toBe(0);
      expect(labels(today, at(2026, month, day, 0, 0), at(2026, month, day - 1, 23, 59))).toEqual([
        "Today: 1",
        "Yesterday: 1",
      ]);
    }
  });
});
