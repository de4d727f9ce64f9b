import { describe, expect, it, vi } from "vitest";
import { ApiError } from "../api/api-error.ts";
import { type Change, createChanges } from "./changes.ts";

/** The storage, the lock and the list of open tabs that the tabs of a browser share. */
function browser() {
  const items = new Map<string, string>();
  const open = new Set<string>();
  let last = Promise.resolve();
  return {
    open,
    online: true,
    storage: {
      getItem: (name: string) => items.get(name) ?? null,
      setItem: (name: string, value: string) => void items.set(name, value),
      removeItem: (name: string) => void items.delete(name),
      names: () => [...items.keys()],
    },
    exclusively: (run: () => Promise<void>) => {
      last = last.then(run);
      return last;
    },
  };
}

type Answer = "ok" | Error | Promise<"ok">;

/** Opens a page whose server answers each attempt with the next of `answers`, and then accepts everything. */
function openPage(shared = browser(), answers: Answer[] = []) {
  const pageId = crypto.randomUUID();
  shared.open.add(pageId);
  const posts: [variables: unknown, atExit: boolean][] = [];
  const refresh = vi.fn(async (_kinds: ReadonlySet<string>) => {});
  const later = vi.fn((_seconds: number, _send: () => void) => {});
  const changes = createChanges({
    storage: shared.storage,
    exclusively: shared.exclusively,
    post: async ({ variables }, atExit = false) => {
      posts.push([variables, atExit]);
      const answer = await (answers.shift() ?? "ok");
      if (answer !== "ok") throw answer;
      return `answer to ${variables}`;
    },
    refresh,
    onError: () => {},
    pageId,
    openPages: async () => shared.open,
    isOnline: () => shared.online,
    later,
  });
  return { changes, posts, refresh, later, shared, close: () => shared.open.delete(pageId) };
}

const sentBy = ({ posts }: ReturnType<typeof openPage>) => posts.map(([variables]) => variables);
const states = (all: readonly Change[]) => all.map(({ variables, state, errorCode }) => [variables, state, errorCode]);
const unreachable = () => new ApiError("unreachable");

describe("a change", () => {
  it("is sent, answered and kept until the page shows what the server has", async () => {
    const page = openPage();
    const shown = Promise.withResolvers<void>();
    page.refresh.mockReturnValue(shown.promise);
    const { outcome } = page.changes.add("add", "milk");
    expect(states(page.changes.all())).toEqual([["milk", "waiting", undefined]]);
    expect(await outcome).toBe("answer to milk");
    expect(states(page.changes.all())).toEqual([["milk", "sent", undefined]]);
    expect(page.shared.storage.names()).toEqual([]);
    shown.resolve();
    await vi.waitFor(() => expect(page.changes.all()).toEqual([]));
  });

  it("made offline is sent on the next visit, in order", async () => {
    const shared = browser();
    shared.online = false;
    const before = openPage(shared);
    for (const title of ["milk", "eggs", "bread"]) before.changes.add("add", title);
    await before.changes.send();
    before.close();
    expect(before.posts).toEqual([]);

    shared.online = true;
    const page = openPage(shared);
    expect(states(page.changes.all()).map(([title]) => title)).toEqual(["milk", "eggs", "bread"]);
    await page.changes.send();
    expect(sentBy(page)).toEqual(["milk", "eggs", "bread"]);
  });

  it.each(["unreachable", "timeout", "rate_limited", "database_unavailable", "auth_unavailable"])(
    "waits after %s, with those after it",
    async (code) => {
      const page = openPage(browser(), [new ApiError(code, { retryAfterSeconds: 7 })]);
      page.changes.add("add", "milk");
      page.changes.add("add", "eggs");
      await page.changes.send();
      expect(states(page.changes.all())).toEqual([
        ["milk", "waiting", undefined],
        ["eggs", "waiting", undefined],
      ]);
      expect(page.changes.isStuck()).toBe(true);
      expect(page.later.mock.lastCall?.[0]).toBe(7);

      page.later.mock.lastCall?.[1]();
      await vi.waitFor(() => expect(sentBy(page)).toEqual(["milk", "milk", "eggs"]));
      await page.changes.send();
      expect(page.changes.isStuck()).toBe(false);
    },
  );

  it("waits longer after each failure, and never gives up", async () => {
    const page = openPage(browser(), Array.from({ length: 8 }, unreachable));
    page.changes.add("add", "milk");
    await page.changes.send();
    for (let attempt = page.posts.length; attempt < 8; attempt += 1) await page.changes.send();
    expect(page.later.mock.calls.map(([seconds]) => seconds)).toEqual([1, 2, 4, 8, 16, 30, 30, 30]);
    expect(states(page.changes.all())).toEqual([["milk", "waiting", undefined]]);
  });

  it("waits for its user to sign in again", async () => {
    const page = openPage(browser(), [new ApiError("unauthenticated")]);
    page.changes.add("add", "milk");
    await page.changes.send();
    expect(page.later).not.toHaveBeenCalled();
    await page.changes.send();
    expect(sentBy(page)).toEqual(["milk", "milk"]);
  });
});

describe("a refused change", () => {
  it("says why, and doesn't stop the next", async () => {
    const page = openPage(browser(), [new ApiError("conversation_not_found")]);
    const { outcome } = page.changes.add("update", "milk");
    page.changes.add("add", "eggs");
    await expect(outcome).rejects.toMatchObject({ code: "conversation_not_found" });
    await page.changes.send();
    expect(sentBy(page)).toEqual(["milk", "eggs"]);
    expect(states(page.changes.all())).toEqual([["milk", "refused", "conversation_not_found"]]);
  });

  it("is kept for the next visit, and sent only when the user retries", async () => {
    const before = openPage(browser(), [new ApiError("invalid_request")]);
    before.changes.add("add", "milk").outcome.catch(() => {});
    await before.changes.send();

    const page = openPage(before.shared);
    await page.changes.send();
    expect(page.posts).toEqual([]);
    const [refused] = page.changes.all();
    page.changes.retry(refused?.id ?? "");
    await page.changes.send();
    expect(sentBy(page)).toEqual(["milk"]);
    expect(page.changes.all()).toEqual([]);
  });

  it("can be discarded", async () => {
    const page = openPage(browser(), [new ApiError("invalid_request")]);
    const { id, outcome } = page.changes.add("add", "milk");
    await expect(outcome).rejects.toThrow();
    expect(page.changes.discard(id)).toBe(true);
    expect(page.changes.all()).toEqual([]);
    expect(page.changes.discard(id)).toBe(false);
  });

  it("can't be discarded while it is being sent", async () => {
    const answer = Promise.withResolvers<"ok">();
    const page = openPage(browser(), [answer.promise]);
    const { id, outcome } = page.changes.add("add", "milk");
    await vi.waitFor(() => expect(sentBy(page)).toEqual(["milk"]));
    expect(page.changes.discard(id)).toBe(false);
    answer.resolve("ok");
    expect(await outcome).toBe("answer to milk");
  });

  it("includes one that the server fails to handle again and again", async () => {
    const page = openPage(browser(), Array(4).fill(new ApiError("internal_error")));
    page.changes.add("add", "milk").outcome.catch(() => {});
    page.changes.add("add", "eggs");
    await page.changes.send();
    while (page.posts.length < 5) await page.changes.send();
    expect(sentBy(page)).toEqual(["milk", "milk", "milk", "milk", "eggs"]);
    expect(states(page.changes.all())).toEqual([["milk", "refused", "internal_error"]]);
  });
});

describe("two tabs", () => {
  it("send each change once, in the order in which they were made", async () => {
    const shared = browser();
    shared.online = false;
    const [one, two] = [openPage(shared), openPage(shared)];
    one.changes.add("add", "milk");
    two.changes.add("add", "eggs");
    one.changes.add("add", "bread");
    shared.online = true;
    await Promise.all([one.changes.send(), two.changes.send()]);
    expect([...sentBy(one), ...sentBy(two)]).toEqual(["milk", "eggs", "bread"]);
  });

  it("show each other's changes", () => {
    const shared = browser();
    shared.online = false;
    const [one, two] = [openPage(shared), openPage(shared)];
    const listener = vi.fn();
    two.changes.subscribe(listener);
    one.changes.add("add", "milk");
    two.changes.reload();
    expect(listener).toHaveBeenCalledOnce();
    expect(states(two.changes.all())).toEqual([["milk", "waiting", undefined]]);
  });
});

describe("a change that can be undone", () => {
  it("waits until its page lets it go, also for other tabs", async () => {
    const page = openPage();
    const other = openPage(page.shared);
    const id = page.changes.hold("delete", "trip");
    await page.changes.send();
    await other.changes.send();
    expect([...page.posts, ...other.posts]).toEqual([]);
    page.changes.release(id);
    await page.changes.send();
    expect(sentBy(page)).toEqual(["trip"]);
  });

  it("is never sent once it is undone", async () => {
    const page = openPage();
    const id = page.changes.hold("delete", "trip");
    expect(page.changes.discard(id)).toBe(true);
    page.changes.release(id);
    await page.changes.send();
    expect(page.posts).toEqual([]);
  });

  it("is sent when its page ends, and again on the next visit", async () => {
    const page = openPage();
    page.changes.hold("delete", "trip");
    page.changes.sendHeldAtExit();
    page.close();
    expect(page.posts).toEqual([["trip", true]]);
    const next = openPage(page.shared);
    await next.changes.send();
    expect(next.posts).toEqual([["trip", false]]);
  });

  it("is sent on the next visit after a crash", async () => {
    const page = openPage();
    page.changes.hold("delete", "trip");
    page.close();
    const next = openPage(page.shared);
    await next.changes.send();
    expect(sentBy(next)).toEqual(["trip"]);
  });

  it("is sent before signing out", async () => {
    const page = openPage();
    page.changes.hold("delete", "trip");
    await page.changes.finish();
    expect(sentBy(page)).toEqual(["trip"]);
  });
});

describe("signing out", () => {
  it("removes everything, also what is being sent", async () => {
    const page = openPage(browser(), [new ApiError("invalid_request")]);
    page.changes.add("add", "milk").outcome.catch(() => {});
    page.changes.clear();
    await page.changes.send();
    expect(page.changes.all()).toEqual([]);
    expect(page.shared.storage.names()).toEqual([]);
  });
});
