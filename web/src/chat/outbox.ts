import type { ChatResponse } from "@taskchat/shared-schema/api";
import { ApiError } from "../api/api-error.ts";
import { deliver } from "./delivery.ts";

const STORAGE_KEY = "outbox";

interface Message {
  /** Its Idempotency-Key: however often it is sent, it is answered once. */
  readonly key: string;
  readonly text: string;
  /** Null until a new conversation has got its id. */
  readonly conversationId: string | null;
}

/** A message that has no stored answer yet, as far as this tab knows. */
export interface OutgoingMessage extends Message {
  readonly state: "sending" | "failed";
  /** Why it failed, or why it is being sent again: an error's code. */
  readonly errorCode?: string;
}

/** An answer that has just come. */
export interface NewAnswer {
  readonly key: string;
  readonly conversationId: string;
  readonly text: string;
}

export interface Outbox {
  /** What is on its way or has failed, in the order in which it was sent. The same array until something changes. */
  messages(): readonly OutgoingMessage[];
  /** The last answer that came, if any did. */
  lastAnswer(): NewAnswer | undefined;
  subscribe(listener: () => void): () => void;
  /** Sends a new message; its key. */
  send(text: string, conversationId: string | null): string;
  /** Sends again what has failed or was left unanswered, under the key that it had. */
  resend(message: Message): void;
  /** Gives up a message that has failed. What the server has of it stays. */
  discard(key: string): void;
  /** Goes on with what was on its way when the page was left, or when the session ended. */
  resume(): void;
  /** Drops everything: somebody signed out. */
  clear(): void;
}

interface OutboxOptions {
  /** Where messages outlive a reload. It never throws. */
  storage: Pick<Storage, "getItem" | "setItem" | "removeItem">;
  post: (message: OutgoingMessage) => Promise<ChatResponse>;
  /** Shows the answer; the message leaves the outbox when it is done. */
  onAnswered: (message: OutgoingMessage, answer: ChatResponse) => Promise<void>;
  onFailed: (message: OutgoingMessage, error: unknown) => void;
  wait?: (seconds: number) => Promise<void>;
}

/** The messages of one user that wait for an answer. They outlive the page that sent them, and a reload. */
export function createOutbox({ storage, post, onAnswered, onFailed, wait = waitSeconds }: OutboxOptions): Outbox {
  let messages = read(storage);
  let lastAnswer: NewAnswer | undefined;
  const listeners = new Set<() => void>();
  const running = new Set<string>();

  function replace(changed: readonly OutgoingMessage[]): void {
    messages = changed;
    if (messages.length > 0) storage.setItem(STORAGE_KEY, JSON.stringify(messages));
    else storage.removeItem(STORAGE_KEY);
    for (const listener of listeners) listener();
  }

  const find = (key: string) => messages.find((message) => message.key === key);

  function update(key: string, change: Partial<OutgoingMessage>): void {
    replace(messages.map((message) => (message.key === key ? { ...message, ...change } : message)));
  }

  const remove = (key: string) => replace(messages.filter((message) => message.key !== key));

  async function run(key: string): Promise<void> {
    if (running.has(key)) return;
    running.add(key);
    try {
      const answer = await deliver(
        () => postOnce(key),
        wait,
        (error) => update(key, learntFrom(error)),
      );
      update(key, { conversationId: answer.conversation_id });
      const message = find(key);
      if (message === undefined) return; // Cleared while it was answered.
      await onAnswered(message, answer);
      lastAnswer = { key, conversationId: answer.conversation_id, text: answer.response };
      remove(key);
    } catch (error) {
      update(key, {
        state: "failed",
        errorCode: "internal_error",
        ...(error instanceof ApiError && learntFrom(error)),
      });
      const message = find(key);
      if (message !== undefined) onFailed(message, error);
    } finally {
      running.delete(key);
    }
  }

  async function postOnce(key: string): Promise<ChatResponse> {
    const message = find(key);
    if (message === undefined) throw new ApiError("discarded");
    return post(message);
  }

  function begin({ key, text, conversationId }: Message): void {
    const others = messages.filter((message) => message.key !== key);
    replace([...others, { key, text, conversationId, state: "sending" }]);
    void run(key);
  }

  return {
    messages: () => messages,
    lastAnswer: () => lastAnswer,
    subscribe: (listener) => {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    send: (text, conversationId) => {
      const key = crypto.randomUUID();
      begin({ key, text, conversationId });
      return key;
    },
    resend: ({ key, text, conversationId }) => {
      if (running.has(key)) return;
      begin({ key, text, conversationId: find(key)?.conversationId ?? conversationId });
    },
    discard: remove,
    resume: () => {
      for (const message of messages) {
        if (message.state === "sending") void run(message.key);
        else if (message.errorCode === "unauthenticated") begin(message);
      }
    },
    clear: () => {
      lastAnswer = undefined;
      replace([]);
    },
  };
}

function learntFrom(error: ApiError): Partial<OutgoingMessage> {
  return { errorCode: error.code, ...(error.conversationId && { conversationId: error.conversationId }) };
}

function read(storage: OutboxOptions["storage"]): readonly OutgoingMessage[] {
  const stored: unknown = JSON.parse(storage.getItem(STORAGE_KEY) ?? "[]");
  return Array.isArray(stored) ? stored : [];
}

const waitSeconds = (seconds: number) => new Promise<void>((resolve) => setTimeout(resolve, seconds * 1000));
