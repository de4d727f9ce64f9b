import type { ChatResponse } from "@taskchat/shared-schema/api";
import { ApiError } from "../api/api-error.ts";
import { deliver } from "./delivery.ts";

const STORAGE_KEY = "outbox";

interface Message {
  /** The Idempotency-Key: the message is answered once, however often it is sent. */
  readonly key: string;
  readonly text: string;
  /** Null until a new conversation has an id. */
  readonly conversationId: string | null;
}

/** A message that has no reply yet as far as this tab knows. */
export interface OutgoingMessage extends Message {
  readonly state: "sending" | "failed";
  /** The code of the last error. */
  readonly errorCode?: string;
  /** When a retry makes sense, in epoch milliseconds. */
  readonly retryAt?: number | undefined;
}

export interface NewAnswer {
  readonly key: string;
  readonly conversationId: string;
  readonly text: string;
}

export interface Outbox {
  /** Pending and failed messages in the order they were sent. The array is replaced on changes. */
  messages(): readonly OutgoingMessage[];
  lastAnswer(): NewAnswer | undefined;
  subscribe(listener: () => void): () => void;
  /** Sends a new message and returns its key. */
  send(text: string, conversationId: string | null): string;
  /** Sends a failed or unanswered message again with its key. */
  resend(message: Message): void;
  /** Removes a failed message from the outbox. The server keeps what it has. */
  discard(key: string): void;
  /** Resumes messages that were interrupted by a reload or the end of the session. */
  resume(): void;
  /** Removes everything after sign-out. */
  clear(): void;
}

interface OutboxOptions {
  /** Keeps messages across reloads. Must not throw. */
  storage: Pick<Storage, "getItem" | "setItem" | "removeItem">;
  post: (message: OutgoingMessage) => Promise<ChatResponse>;
  /** Shows the answer. Afterwards the message is removed. */
  onAnswered: (message: OutgoingMessage, answer: ChatResponse) => Promise<void>;
  onFailed: (message: OutgoingMessage, error: unknown) => void;
  wait?: (seconds: number) => Promise<void>;
}

/** Keeps the messages of one user until they are answered, across pages and reloads. */
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
        (error) => update(key, errorDetails(error)),
      );
      update(key, { conversationId: answer.conversation_id });
      const message = find(key);
      if (message === undefined) return; // Removed while the request was running.
      await onAnswered(message, answer);
      lastAnswer = { key, conversationId: answer.conversation_id, text: answer.response };
      remove(key);
    } catch (error) {
      update(key, {
        state: "failed",
        errorCode: "internal_error",
        ...(error instanceof ApiError && errorDetails(error)),
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

function errorDetails(error: ApiError): Partial<OutgoingMessage> {
  return {
    errorCode: error.code,
    retryAt: error.retryAt,
    ...(error.conversationId && { conversationId: error.conversationId }),
  };
}

function read(storage: OutboxOptions["storage"]): readonly OutgoingMessage[] {
  const stored: unknown = JSON.parse(storage.getItem(STORAGE_KEY) ?? "[]");
  return Array.isArray(stored) ? stored : [];
}

const waitSeconds = (seconds: number) => new Promise<void>((resolve) => setTimeout(resolve, seconds * 1000));
