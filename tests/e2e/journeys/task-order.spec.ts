import type { Locator, Page } from "@playwright/test";
import { addTasks, newPerson, openTasks, signUp } from "../people.ts";
import { expect, test } from "../test.ts";

const TODAY = "2026-11-30";

const handleOf = (page: Page, title: string) => page.getByRole("button", { name: `Move ${title}` });

/** Resolves when the given number of moves were stored and the list was fetched after them. */
function stored(page: Page, moves = 1): Promise<unknown> {
  let missing = moves;
  return page.waitForResponse((response) => {
    if (response.request().method() === "PATCH" && response.ok()) missing -= 1;
    return missing <= 0 && response.url().includes("completed=false") && response.ok();
  });
}

async function middleOf(locator: Locator): Promise<{ x: number; y: number }> {
  const box = await locator.boundingBox();
  if (box === null) throw new Error("not visible");
  return { x: box.x + box.width / 2, y: box.y + box.height / 2 };
}

/** Drops a task just below (or above) the middle of another. */
async function drag(page: Page, title: string, target: Locator, below: number): Promise<void> {
  await handleOf(page, title).hover();
  await page.mouse.down();
  const { x, y } = await middleOf(target);
  await page.mouse.move(x, y + below, { steps: 4 });
  const moved = stored(page);
  await page.mouse.up();
  await moved;
}

test("tasks are reordered by keyboard", async ({ page }) => {
  await signUp(page, newPerson("Ada"));
  await addTasks(page, { title: "A1" }, { title: "B2" }, { title: "C3" });
  const announced = page.getByRole("status", { name: "Order of tasks" });
  const moved = stored(page, 3);

  await page.getByRole("checkbox", { name: "C3" }).focus();
  await page.keyboard.press("Alt+ArrowUp");
  await expect(openTasks(page)).toHaveText(["A1", "C3", "B2"]);
  await expect(announced).toHaveText("Moved C3 up to place 2 of 3.");
  await expect(page.getByRole("checkbox", { name: "C3" })).toBeFocused();
  await page.keyboard.press("Alt+ArrowUp");
  await expect(openTasks(page)).toHaveText(["C3", "A1", "B2"]);
  await page.keyboard.press("Alt+ArrowUp");
  await expect(announced).toHaveText("C3 is already at the top.");

  await handleOf(page, "A1").focus();
  await page.keyboard.press("ArrowDown");
  await expect(openTasks(page)).toHaveText(["C3", "B2", "A1"]);
  await expect(handleOf(page, "A1")).toBeFocused();
  await moved;

  await page.reload();
  await expect(openTasks(page)).toHaveText(["C3", "B2", "A1"]);
});

test("tasks are dragged within a group, into today and out of it", async ({ page }) => {
  await page.clock.install({ time: new Date(`${TODAY}T12:00:00Z`) });
  await signUp(page, newPerson("Ada"));
  await addTasks(
    page,
    { title: "Late", due_on: "2026-11-01" },
    { title: "Now", due_on: TODAY },
    { title: "A1" },
    { title: "B2" },
  );
  await addTasks(page, { title: "C3" });
  const row = (title: string) => openTasks(page).filter({ hasText: title });
  await expect(openTasks(page)).toHaveCount(5);

  await drag(page, "C3", row("A1"), -4);
  await expect(openTasks(page)).toHaveText([/^Late/, /^Now/, "C3", "A1", "B2"]);
  await drag(page, "B2", row("Now"), 4);
  await expect(openTasks(page)).toHaveText([/^Late/, /^Now/, "B2Today", "C3", "A1"]);
  await drag(page, "Now", row("A1"), 4);
  await expect(openTasks(page)).toHaveText([/^Late/, "B2Today", "C3", "A1", "Now"]);

  // A date in the past can't be meant.
  await handleOf(page, "C3").hover();
  await page.mouse.down();
  await page.mouse.move(...(Object.values(await middleOf(row("Late"))) as [number, number]), { steps: 4 });
  await page.mouse.up();
  await expect(openTasks(page)).toHaveText([/^Late/, "B2Today", "C3", "A1", "Now"]);

  await page.reload();
  await expect(openTasks(page)).toHaveText([/^Late/, "B2Today", "C3", "A1", "Now"]);
});

test.describe("on a phone", () => {
  test.use({ viewport: { width: 390, height: 844 }, hasTouch: true, isMobile: true });

  test("a task is dragged with a finger", async ({ page }) => {
    await signUp(page, newPerson("Ada"));
    await addTasks(page, { title: "A1" }, { title: "B2" }, { title: "C3" });
    await page.getByRole("button", { name: "Show tasks" }).click();
    await expect(openTasks(page)).toHaveText(["A1", "B2", "C3"]);
    await page.evaluate(() => Promise.allSettled(document.getAnimations().map(({ finished }) => finished)));
    const finger = await page.context().newCDPSession(page);
    const touch = (type: "touchStart" | "touchMove" | "touchEnd", ...touchPoints: { x: number; y: number }[]) =>
      finger.send("Input.dispatchTouchEvent", { type, touchPoints });
    const from = await middleOf(handleOf(page, "C3"));
    const to = await middleOf(openTasks(page).first());

    await touch("touchStart", from);
    await touch("touchMove", { x: from.x, y: (from.y + to.y) / 2 });
    await touch("touchMove", { x: from.x, y: to.y - 4 });
    const moved = stored(page);
    await touch("touchEnd");

    await expect(openTasks(page)).toHaveText(["C3", "A1", "B2"]);
    await moved;
    await page.reload();
    await expect(openTasks(page)).toHaveText(["C3", "A1", "B2"]);
  });
});

test("deleted tasks return to their places, each by its own undo", async ({ page }) => {
  await signUp(page, newPerson("Ada"));
  await addTasks(
    page,
    { title: "A1", description: "Details", due_on: "2099-12-04", due_at: "17:00", priority: "low" },
    { title: "B2" },
    { title: "C3" },
    { title: "D4" },
  );
  for (const title of ["B2", "C3", "A1"]) await page.getByRole("button", { name: `Delete ${title}` }).click();
  await page.mouse.move(0, 0);
  await expect(openTasks(page)).toHaveText(["D4"]);

  const undo = async (title: string) => {
    await page
      .getByRole("dialog")
      .filter({ hasText: `Deleted ${title}` })
      .getByRole("button", { name: "Undo" })
      .click();
    await page.mouse.move(0, 0);
  };
  await undo("C3");
  await expect(openTasks(page)).toHaveText(["C3", "D4"]);
  await undo("B2");
  await expect(openTasks(page)).toHaveText(["B2", "C3", "D4"]);
  await undo("A1");
  await expect(openTasks(page)).toHaveText([
    /^A1Details.*2099 17:00Low$|^A1Details.*2099, 17:00Low$/,
    "B2",
    "C3",
    "D4",
  ]);
  await page.reload();
  await expect(openTasks(page)).toHaveText([/^A1/, "B2", "C3", "D4"]);
});
