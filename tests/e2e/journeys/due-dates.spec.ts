import type { Page } from "@playwright/test";
import { addTasks, ask, newPerson, openTasks, signUp } from "../people.ts";
import { expect, test } from "../test.ts";

/** 23:30 on Monday, 30 November, in Auckland. */
const LATE_IN_AUCKLAND = new Date("2026-11-30T10:30:00Z");

const group = (page: Page, name: string) =>
  page.getByRole("list", { name: `Open tasks: ${name}`, exact: true }).getByRole("listitem");

test.describe("in Auckland", () => {
  test.use({ timezoneId: "Pacific/Auckland" });

  test("tasks are grouped by the reader's date, also after midnight", async ({ page }) => {
    await page.clock.install({ time: LATE_IN_AUCKLAND });
    await signUp(page, newPerson("Ada"));
    await addTasks(
      page,
      { title: "Milk" },
      { title: "Tea", due_on: "2026-12-01" },
      { title: "Call mum", due_on: "2026-11-30", due_at: "23:45" },
      { title: "Passport", due_on: "2027-02-01" },
      { title: "Bill", due_on: "2026-11-27", priority: "high" },
    );

    await expect(group(page, "overdue")).toHaveText(["BillFri 27 Nov, overdueHigh"]);
    await expect(group(page, "overdue").getByRole("img", { name: "High priority" })).toBeVisible();
    await expect(group(page, "today")).toHaveText(["Call mumToday 23:45"]);
    await expect(group(page, "upcoming")).toHaveText(["TeaTomorrow", "PassportMon, 1 Feb 2027"]);
    await expect(group(page, "no date")).toHaveText(["Milk"]);

    await page.clock.runFor("16:00");
    await expect(group(page, "today")).toHaveText(["Call mumToday 23:45, overdue"]);
    await page.clock.runFor("15:00");
    await expect(group(page, "overdue")).toHaveText([
      "BillFri 27 Nov, overdueHigh",
      "Call mumYesterday 23:45, overdue",
    ]);
    await expect(group(page, "today")).toHaveText(["TeaToday"]);
  });
});

for (const [device, viewport] of [
  ["on a desktop", { width: 1280, height: 800 }],
  ["on a phone", { width: 390, height: 844 }],
] as const) {
  test(`dates, times and priorities are set and removed by hand ${device}`, async ({ page }) => {
    await page.clock.install({ time: new Date("2026-11-30T12:00:00Z") });
    await page.setViewportSize(viewport);
    await signUp(page, newPerson("Ada"));
    await addTasks(page, { title: "Milk" }, { title: "Call mum" });
    const isPhone = viewport.width < 960;
    if (isPhone) await page.getByRole("button", { name: "Show tasks" }).click();
    await expect(openTasks(page)).toHaveText(["Milk", "Call mum"]);
    await expect(page.getByRole("heading", { name: "No date" })).toHaveCount(0);

    await page.getByRole("button", { name: "Edit Call mum" }).click();
    await expect(page.getByLabel("Due time")).toBeDisabled();
    await page.getByRole("button", { name: "Tomorrow" }).click();
    await expect(page.getByLabel("Due date")).toHaveValue("2026-12-01");
    await page.getByLabel("Due time").fill("17:00");
    await page.getByRole("combobox", { name: "Priority" }).selectOption("High priority");
    await page.getByRole("textbox", { name: "Title" }).press("Enter");
    await page.mouse.move(0, 0);
    await expect(group(page, "upcoming")).toHaveText(["Call mumTomorrow 17:00High"]);
    await expect(group(page, "no date")).toHaveText(["Milk"]);
    await expect(page.getByRole("button", { name: "Edit Call mum" })).toBeFocused();

    await page.reload();
    await page.getByRole("button", { name: "Edit Call mum" }).click();
    await page.getByLabel("Due date").fill("2026-12-04");
    await page.getByRole("button", { name: "No time" }).click();
    await page.getByRole("button", { name: "Save" }).click();
    await page.mouse.move(0, 0);
    await expect(group(page, "upcoming")).toHaveText(["Call mumFri 4 DecHigh"]);

    await page.getByRole("button", { name: "Filter" }).click();
    await page.getByRole("menuitemradio", { name: "Due today" }).click();
    await expect(page.getByText("No open tasks match.")).toBeVisible();
    await page.getByRole("button", { name: "Filter: Due today" }).click();
    await page.getByRole("menuitemradio", { name: "High priority" }).click();
    await expect(openTasks(page)).toHaveText(["Call mumFri 4 DecHigh"]);
    await page.getByRole("button", { name: "Show all" }).click();
    await expect(openTasks(page)).toHaveCount(2);

    await page.getByRole("button", { name: "Edit Call mum" }).click();
    await page.getByRole("button", { name: "No date" }).click();
    await page.getByRole("combobox", { name: "Priority" }).selectOption("No priority");
    await page.getByRole("button", { name: "Save" }).click();
    await page.mouse.move(0, 0);
    await expect(openTasks(page)).toHaveText(["Milk", "Call mum"]);
    await expect(page.getByRole("heading", { name: "No date" })).toHaveCount(0);
  });
}

test("a task keeps its place under the pointer when it gets a date", async ({ page }) => {
  await signUp(page, newPerson("Ada"));
  await addTasks(page, { title: "A1" }, { title: "B2" });
  await page.getByRole("button", { name: "Edit B2" }).click();
  await page.getByRole("button", { name: "Today" }).click();
  await page.getByRole("textbox", { name: "Title" }).focus();
  await openTasks(page).first().hover();
  const saved = page.waitForResponse((response) => response.request().method() === "PATCH");
  await page.keyboard.press("Enter");
  await saved;
  await expect(page.getByRole("button", { name: "Edit B2" })).toBeFocused();

  await expect(openTasks(page)).toHaveText(["A1", "B2Today"]);
  await page.mouse.move(0, 0);
  await expect(openTasks(page)).toHaveText(["B2Today", "A1"]);
});

test("a task that appears under a filter can be edited", async ({ page }) => {
  await signUp(page, newPerson("Ada"));
  await addTasks(page, { title: "Milk" });
  await page.reload();
  await expect(openTasks(page)).toHaveText(["Milk"]);
  await page.getByRole("button", { name: "Filter" }).click();
  await page.getByRole("menuitemradio", { name: "Due today" }).click();
  await ask(page, "add pay rent today");
  await page.getByRole("button", { name: "Edit pay rent" }).click();
  await expect(page.getByRole("button", { name: "Save" })).toBeVisible();
});
