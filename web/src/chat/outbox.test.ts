import type { ChatResponse } from "@taskchat/shared-schema/api";
import { describe, expect, it, vi } from "vitest";
import { ApiError } from "../api/api-error.ts";
import { createOutbox, type Outbox, type OutgoingMessage } from "./outbox.ts";

const answer: ChatResponse = { conversation_id: "c1", response: "Added milk.", tool_calls: [] };

function memory() {
  const entries = new Map<string, string>();
  return {
    getItem: (key: string) => entries.get(key) ?? null,
    setItem: (key: string, value: string) => void entries.set(key, value),
    removeItem: (key: string) => void entries.delete(key),
    names: () => [...entries.keys()],
  };
}

/** Creates an outbox whose server answers when the test says so, and which waits between attempts as given. */
function page(
  storage = memory(),
  wait = async () => {},
  inTurn = async (_: OutgoingMessage, run: () => Promise<void>) => run(),
  connected = Promise.resolve(),
) {
  const posts: (PromiseWithResolvers<ChatResponse> & { message: OutgoingMessage })[] = [];
  const shown: OutgoingMessage[] = [];
  const onFailed = vi.fn();
  const outbox = createOutbox({
    storage,
    inTurn,
    isOnline: () => true,
    untilOnline: () => connected,
    post: (message) => {
      const post = { message, ...Promise.withResolvers<ChatResponse>() };
      posts.push(post);
      return post.promise;
    },
    onAnswered: async (message) => void shown.push(message),
    onFailed,
    wait,
  });
  return { outbox, posts, shown, onFailed, storage };
}

const texts = (outbox: Outbox) => outbox.messages().map(({ text }) => text);
/** Lets all callbacks of an answer run. */
const settle = () => new Promise((resolve) => setTimeout(resolve));
const states = (outbox: Outbox) => outbox.messages().map(({ state, errorCode }) => [state, errorCode]);

describe("an answered message", () => {
  it("is sent with one key, shown in its conversation and removed", async () => {
    const { outbox, posts, shown, storage } = page();
    const key = outbox.send("add milk", null);
    await vi.waitFor(() => expect(posts).toHaveLength(1));
    expect(posts[0]?.message).toMatchObject({ key, text: "add milk", conversationId: null });
    posts[0]?.resolve(answer);
    await vi.waitFor(() => expect(outbox.messages()).toEqual([]));
    expect(shown).toMatchObject([{ key, conversationId: "c1" }]);
    expect(outbox.lastAnswer()).toEqual({ key, conversationId: "c1", text: "Added milk.", toolCalls: [] });
    expect(storage.names()).toEqual([]);
  });
});

describe("a failed message", () => {
  it("is reported with its error", async () => {
    const { outbox, posts, onFailed } = page();
    const key = outbox.send("add milk", null);
    await vi.waitFor(() => expect(posts).toHaveLength(1));
    const error = new Error("not an answer of the api");
    posts[0]?.reject(error);
    await vi.waitFor(() => expect(states(outbox)).toEqual([["failed", "internal_error"]]));
    expect(onFailed.mock.calls).toEqual([[expect.objectContaining({ key }), error]]);
  });

  it("stays and is resent with the same key", async () => {
    const { outbox, posts } = page();
    const key = outbox.send("add milk", null);
    await vi.waitFor(() => expect(posts).toHaveLength(1));
    posts[0]?.reject(new ApiError("model_error", { conversationId: "c1" }));
    await vi.waitFor(() => expect(states(outbox)).toEqual([["failed", "model_error"]]));

    outbox.resend({ key, text: "add milk", conversationId: null });
    await vi.waitFor(() => expect(posts).toHaveLength(2));
    expect(posts[1]?.message).toMatchObject({ key, conversationId: "c1" });
    posts[1]?.resolve(answer);
    await vi.waitFor(() => expect(outbox.messages()).toEqual([]));
  });

  it("can be discarded", async () => {
    const { outbox, posts } = page();
    const key = outbox.send("add milk", null);
    await vi.waitFor(() => expect(posts).toHaveLength(1));
    posts[0]?.reject(new ApiError("model_error"));
    await vi.waitFor(() => expect(states(outbox)).toEqual([["failed", "model_error"]]));
    outbox.discard(key);
    expect(outbox.messages()).toEqual([]);
  });

  it("gets its conversation from an error while it waits", async () => {
    const { outbox, posts } = page();
    outbox.send("add milk", null);
    await vi.waitFor(() => expect(posts).toHaveLength(1));
    posts[0]?.reject(new ApiError("turn_in_progress", { conversationId: "c1" }));
    await vi.waitFor(() => expect(posts).toHaveLength(2));
    expect(outbox.messages()).toMatchObject([{ conversationId: "c1", state: "sending" }]);
  });
});

describe("a reload", () => {
  it("resumes a pending message once with the same key", async () => {
    const before = page();
    const key = before.outbox.send("add milk", null);
    const { outbox, posts } = page(before.storage);
    outbox.resume();
    outbox.resume();
    await vi.waitFor(() => expect(posts).toHaveLength(1));
    expect(posts[0]?.message.key).toBe(key);
    posts[0]?.resolve(answer);
    await vi.waitFor(() => expect(outbox.messages()).toEqual([]));
    expect(posts).toHaveLength(1);
  });

  it("resumes a message that the end of the session stopped", async () => {
    const { outbox, posts } = page();
    const key = outbox.send("add milk", null);
    await vi.waitFor(() => expect(posts).toHaveLength(1));
    posts[0]?.reject(new ApiError("unauthenticated"));
    await vi.waitFor(() => expect(states(outbox)).toEqual([["failed", "unauthenticated"]]));
    outbox.resume();
    await vi.waitFor(() => expect(posts).toHaveLength(2));
    expect(posts[1]?.message.key).toBe(key);
    expect(states(outbox)).toEqual([["sending", undefined]]);
  });

  it("leaves failed messages to the user", async () => {
    const before = page();
    before.outbox.send("add milk", null);
    await vi.waitFor(() => expect(before.posts).toHaveLength(1));
    before.posts[0]?.reject(new ApiError("model_error"));
    await vi.waitFor(() => expect(states(before.outbox)).toEqual([["failed", "model_error"]]));
    const { outbox, posts } = page(before.storage);
    outbox.resume();
    expect(states(outbox)).toEqual([["failed", "model_error"]]);
    expect(posts).toEqual([]);
  });
});

describe("an unanswered message of the server's history", () => {
  it("is sent with its key and conversation", async () => {
    const { outbox, posts } = page();
    outbox.resend({ key: "k1", text: "add milk", conversationId: "c1" });
    await vi.waitFor(() => expect(posts).toHaveLength(1));
    expect(posts[0]?.message).toMatchObject({ key: "k1", text: "add milk", conversationId: "c1" });
  });
});

describe("two messages", () => {
  it("are answered independently", async () => {
    const { outbox, posts } = page();
    outbox.send("first", null);
    outbox.send("second", "c2");
    await vi.waitFor(() => expect(posts).toHaveLength(2));
    posts[0]?.resolve(answer);
    await vi.waitFor(() => expect(outbox.lastAnswer()).toBeDefined());
    expect(outbox.messages()).toMatchObject([{ text: "second", conversationId: "c2", state: "sending" }]);
  });

  it("keep their order when they are resent after sign-in", async () => {
    const { outbox, posts } = page();
    outbox.send("first", null);
    outbox.send("second", null);
    await vi.waitFor(() => expect(posts).toHaveLength(2));
    for (const post of posts) post.reject(new ApiError("unauthenticated"));
    await vi.waitFor(() => expect(states(outbox)).toEqual(Array(2).fill(["failed", "unauthenticated"])));
    outbox.resume();
    await vi.waitFor(() => expect(posts).toHaveLength(4));
    expect(texts(outbox)).toEqual(["first", "second"]);
    expect(posts.slice(2).map(({ message }) => message.text)).toEqual(["first", "second"]);
  });

  it("keep their order when the first is resent while it is being sent", async () => {
    const { outbox, posts } = page();
    const key = outbox.send("first", null);
    outbox.send("second", null);
    await vi.waitFor(() => expect(posts).toHaveLength(2));
    outbox.resend({ key, text: "first", conversationId: null });
    await settle();
    expect(texts(outbox)).toEqual(["first", "second"]);
    expect(posts).toHaveLength(2);
  });

  it("change their order when only the first is resent", async () => {
    const { outbox, posts } = page();
    const key = outbox.send("first", null);
    outbox.send("second", null);
    await vi.waitFor(() => expect(posts).toHaveLength(2));
    for (const post of posts) post.reject(new ApiError("model_error"));
    await vi.waitFor(() => expect(states(outbox)).toEqual(Array(2).fill(["failed", "model_error"])));
    outbox.resend({ key, text: "first", conversationId: null });
    expect(texts(outbox)).toEqual(["second", "first"]);
  });
});

describe("another tab", () => {
  /** Lets one tab deliver a message at a time, as the browser's locks do. */
  function lock() {
    let last = Promise.resolve();
    return async (_: OutgoingMessage, run: () => Promise<void>) => {
      last = last.then(run);
      return last;
    };
  }

  it("shows a message, and doesn't send it again", async () => {
    const storage = memory();
    const inTurn = lock();
    const one = page(storage, undefined, inTurn);
    const two = page(storage, undefined, inTurn);
    one.outbox.send("add milk", "c1");
    two.outbox.reload();
    expect(texts(two.outbox)).toEqual(["add milk"]);
    await vi.waitFor(() => expect(one.posts).toHaveLength(1));
    one.posts[0]?.resolve(answer);
    await vi.waitFor(() => expect(one.outbox.messages()).toEqual([]));
    await settle();
    two.outbox.reload();
    expect(two.outbox.messages()).toEqual([]);
    expect(two.posts).toEqual([]);
  });

  it("doesn't lose its own message", async () => {
    const storage = memory();
    const [one, two] = [page(storage), page(storage)];
    one.outbox.send("first", "c1");
    two.outbox.send("second", "c2");
    expect(texts(page(storage).outbox)).toEqual(["first", "second"]);
  });

  it("delivers in order what a tab has left", async () => {
    const storage = memory();
    const never = () => new Promise<void>(() => {});
    const before = page(storage, undefined, never);
    for (const text of ["first", "second"]) before.outbox.send(text, "c1");
    const { outbox, posts } = page(storage, undefined, lock());
    outbox.resume();
    await vi.waitFor(() => expect(posts).toHaveLength(1));
    posts[0]?.resolve(answer);
    await vi.waitFor(() => expect(posts).toHaveLength(2));
    expect(posts.map(({ message }) => message.text)).toEqual(["first", "second"]);
  });
});

describe("a subscriber", () => {
  it("hears of changes until it unsubscribes", () => {
    const { outbox } = page();
    const listener = vi.fn();
    const unsubscribe = outbox.subscribe(listener);
    const key = outbox.send("add milk", null);
    expect(listener).toHaveBeenCalledOnce();
    unsubscribe();
    outbox.discard(key);
    expect(listener).toHaveBeenCalledOnce();
  });
});

describe("a message removed between two attempts", () => {
  it.each(["discard", "clear"] as const)("is not posted again: %s", async (removal) => {
    const waiting = Promise.withResolvers<void>();
    const wait = vi.fn(() => waiting.promise);
    const { outbox, posts, onFailed } = page(memory(), wait);
    const key = outbox.send("add milk", null);
    await vi.waitFor(() => expect(posts).toHaveLength(1));
    posts[0]?.reject(new ApiError("turn_in_progress"));
    await vi.waitFor(() => expect(wait).toHaveBeenCalled());
    outbox[removal](key);
    waiting.resolve();
    await settle();
    expect(posts).toHaveLength(1);
    expect(outbox.messages()).toEqual([]);
    expect(onFailed).not.toHaveBeenCalled();
  });
});

describe("a message removed while it waits for a connection", () => {
  it("is not posted", async () => {
    const connection = Promise.withResolvers<void>();
    const { outbox, posts } = page(memory(), undefined, undefined, connection.promise);
    const key = outbox.send("add milk", null);
    outbox.discard(key);
    connection.resolve();
    await settle();
    expect(posts).toEqual([]);
  });
});

describe("sign-out", () => {
  it("clears the last answer", async () => {
    const { outbox, posts } = page();
    outbox.send("add milk", null);
    await vi.waitFor(() => expect(posts).toHaveLength(1));
    posts[0]?.resolve(answer);
    await vi.waitFor(() => expect(outbox.lastAnswer()).toBeDefined());
    outbox.clear();
    expect(outbox.lastAnswer()).toBeUndefined();
  });

  it("clears a pending message", async () => {
    const { outbox, posts, shown, storage } = page();
    outbox.send("add milk", null);
    await vi.waitFor(() => expect(posts).toHaveLength(1));
    outbox.clear();
    posts[0]?.resolve(answer);
    await settle();
    expect(outbox.messages()).toEqual([]);
    expect(shown).toEqual([]);
    expect(storage.names()).toEqual([]);
  });
});
