import type { ChatResponse } from "@taskchat/shared-schema/api";
import { ApiError, SESSION_ERRORS } from "../api/api-error.ts";
import type { UserStorage } from "../lib/tab-storage.ts";
import { deliver } from "./delivery.ts";

const PREFIX = "message.";

interface Message {
  /** The Idempotency-Key: the message is answered once, however often it is sent. */
  readonly key: string;
  readonly text: string;
  /** Null until a new conversation has an id. */
  readonly conversationId: string | null;
}

/** A message that has no reply yet as far as this browser knows. */
export interface OutgoingMessage extends Message {
  /** Its place in the order in which messages were sent. */
  readonly place: number;
  /** Whether it was sent offline. Then it waits for those before it, whichever conversation they belong to. */
  readonly isLate: boolean;
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
  readonly toolCalls: ChatResponse["tool_calls"];
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
  /** Resumes messages that were interrupted by the end of the page or of the session. */
  resume(): void;
  /** Looks for messages of other tabs, and delivers them if those tabs end. */
  reload(): void;
  /** Removes everything after sign-out. */
  clear(): void;
}

interface OutboxOptions {
  /** What all tabs share. Must not throw. */
  storage: Pick<UserStorage, "getItem" | "setItem" | "removeItem" | "names">;
  /** Delivers a message when it is its turn: in order, and in one tab at a time. */
  inTurn: (message: OutgoingMessage, deliver: () => Promise<void>) => Promise<void>;
  isOnline: () => boolean;
  untilOnline: () => Promise<void>;
  post: (message: OutgoingMessage) => Promise<ChatResponse>;
  /** Shows the answer. Afterwards the message is removed. */
  onAnswered: (message: OutgoingMessage, answer: ChatResponse) => Promise<void>;
  onFailed: (message: OutgoingMessage, error: unknown) => void;
  wait?: (seconds: number) => Promise<void>;
}

/** Keeps the messages of one user until they are answered, over all tabs and visits. */
export function createOutbox(options: OutboxOptions): Outbox {
  const { storage, inTurn, isOnline, untilOnline, post, onAnswered, onFailed, wait = waitSeconds } = options;
  let messages = read(storage);
  let lastAnswer: NewAnswer | undefined;
  const listeners = new Set<() => void>();
  const running = new Set<string>();

  function readAgain(): void {
    messages = read(storage);
    for (const listener of listeners) listener();
  }

  function find(key: string): OutgoingMessage | undefined {
    const stored = storage.getItem(PREFIX + key);
    return stored === null ? undefined : JSON.parse(stored);
  }

  function store(message: OutgoingMessage): void {
    storage.setItem(PREFIX + message.key, JSON.stringify(message));
    readAgain();
  }

  function update(key: string, change: Partial<OutgoingMessage>): void {
    const message = find(key);
    if (message) store({ ...message, ...change });
  }

  function remove(key: string): void {
    storage.removeItem(PREFIX + key);
    readAgain();
  }

  async function run(message: OutgoingMessage): Promise<void> {
    const { key } = message;
    if (running.has(key)) return;
    running.add(key);
    await inTurn(message, () => deliverStored(key)).finally(() => running.delete(key));
  }

  async function deliverStored(key: string): Promise<void> {
    if (find(key)?.state !== "sending") return; // Another tab has delivered it.
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
      lastAnswer = { key, conversationId: answer.conversation_id, text: answer.response, toolCalls: answer.tool_calls };
      remove(key);
    } catch (error) {
      update(key, {
        state: "failed",
        errorCode: "internal_error",
        ...(error instanceof ApiError && errorDetails(error)),
      });
      const message = find(key);
      if (message !== undefined) onFailed(message, error);
    }
  }

  async function postOnce(key: string): Promise<ChatResponse> {
    await untilOnline();
    const message = find(key);
    if (message === undefined) throw new ApiError("discarded");
    return post(message);
  }

  function begin({ key, text, conversationId }: Message): void {
    const place = Math.max(0, ...read(storage).map((message) => message.place)) + 1;
    const message: OutgoingMessage = { key, text, conversationId, place, isLate: !isOnline(), state: "sending" };
    store(message);
    void run(message);
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
        if (message.state === "sending") void run(message);
        else if (SESSION_ERRORS.has(message.errorCode ?? "")) begin(message);
      }
    },
    reload: () => {
      readAgain();
      for (const message of messages) if (message.state === "sending") void run(message);
    },
    clear: () => {
      lastAnswer = undefined;
      for (const { key } of read(storage)) storage.removeItem(PREFIX + key);
      readAgain();
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
  const names = storage.names().filter((name) => name.startsWith(PREFIX));
  const items = names.map((name) => storage.getItem(name)).filter((item) => item !== null);
  return items.map((item): OutgoingMessage => JSON.parse(item)).sort((a, b) => a.place - b.place);
}

const waitSeconds = (seconds: number) => new Promise<void>((resolve) => setTimeout(resolve, seconds * 1000));
