import type { Locator, Page } from "@playwright/test";
import { ask, newPerson, openTasks, replies, signUp } from "../people.ts";
import { expect, test } from "../test.ts";

const ITEMS = 1000;
const FRAMES = 300;
const PIXELS_PER_FRAME = 120;

const ANSWER = `Here is what is **open**:

- milk, eggs and bread
- call the dentist on Friday

| task | due |
| --- | --- |
| rent | the 1st |

Shall I add \`anything else\`?`;

/** Scrolls down, or up with a negative speed, a step in each frame. Prints how long the frames took, in milliseconds. */
async function scroll(name: string, scroller: Locator, pixels: number): Promise<void> {
  const gaps = await scroller.evaluate(
    async (element, { frames, step }) => {
      element.scrollTop = step > 0 ? 0 : element.scrollHeight;
      const frame = () => new Promise<number>((resolve) => requestAnimationFrame(resolve));
      let last = await frame();
      const measured: number[] = [];
      for (let n = 0; n < frames; n++) {
        element.scrollTop += step;
        const now = await frame();
        measured.push(now - last);
        last = now;
      }
      return measured;
    },
    { frames: FRAMES, step: pixels },
  );
  const sorted = gaps.toSorted((a, b) => a - b);
  const at = (share: number) => sorted[Math.floor(share * (sorted.length - 1))]?.toFixed(1);
  const seconds = gaps.reduce((sum, gap) => sum + gap, 0) / 1000;
  process.stdout.write(
    `${name}: ${(FRAMES / seconds).toFixed(1)} frames a second; median ${at(0.5)} ms, p95 ${at(0.95)} ms, longest ${at(1)} ms\n`,
  );
}

/** Presses a button until it is gone. */
async function pressAll(page: Page, name: string, items: Locator): Promise<void> {
  const button = page.getByRole("button", { name, exact: true });
  while ((await items.count()) < ITEMS) await button.click();
  await expect(button).toBeHidden();
}

test.setTimeout(300_000);

test("plain text, for comparison: what this machine draws at most", async ({ page }) => {
  const items = `<li style="padding: 1rem">${"What is open, please? ".repeat(20)}</li>`.repeat(ITEMS);
  await page.setContent(`<body style="margin: 0"><ol style="height: 100vh; overflow: auto; margin: 0">${items}</ol>`);
  await scroll("plain text, down", page.locator("ol"), PIXELS_PER_FRAME);
});

test("a thousand tasks and a thousand messages", async ({ page, database }) => {
  const ada = newPerson("Ada");
  await signUp(page, ada);
  await ask(page, "hello");
  await database.query(
    `insert into chat.task (id, user_id, title, position)
     select gen_random_uuid(), id, 'Task number ' || n, n from auth.user, generate_series(1, $2::int) n where email = $1`,
    [ada.email, ITEMS],
  );
  await database.query(
    `insert into chat.message (id, conversation_id, user_id, turn, role, content, idempotency_key, runs)
     select gen_random_uuid(), conversation.id, user_id, turn, role,
       case role when 'user' then 'What is open, please?' else $3 end, case role when 'user' then turn::text end, case role when 'user' then 1 end
     from chat.conversation join auth.user on auth.user.id = user_id,
       generate_series(2, $2::int) turn, unnest(array['user', 'assistant']) role
     where email = $1`,
    [ada.email, ITEMS / 2, ANSWER],
  );
  await database.query("update chat.conversation set last_turn = $1", [ITEMS / 2]);
  await page.reload();

  await expect(openTasks(page)).toHaveCount(100);
  await pressAll(page, "Show more open tasks", openTasks(page));
  const tasks = page.locator(".scroller").filter({ has: openTasks(page).first() });
  await scroll("tasks, down", tasks, PIXELS_PER_FRAME);
  await scroll("tasks, up", tasks, -PIXELS_PER_FRAME);

  const messages = page.getByRole("article");
  await expect(replies(page).first()).toBeVisible();
  await pressAll(page, "Show earlier messages", messages);
  const thread = page.getByRole("region", { name: "Conversation" });
  await scroll("messages, up", thread, -PIXELS_PER_FRAME);
  await scroll("messages, down", thread, PIXELS_PER_FRAME);
});
