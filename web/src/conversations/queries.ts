import { infiniteQueryOptions } from "@tanstack/react-query";
import type { ConversationPage, ConversationPublic, MessagePage } from "@taskchat/shared-schema/api";
import { ApiError, isUnanswered, unless, unwrap } from "../api/api-error.ts";
import { api, fetchLong } from "../api/client.ts";
import { download } from "../api/download.ts";
import { READ_OFFLINE } from "../lib/offline-data.ts";

/** As in the api. */
export const TITLE_MAX_CHARS = 200;

export const conversationsKey = (userId: string) => ["conversations", userId];

/** The conversations with this text in their title or messages, the most recently used first. */
export function conversationsQuery(userId: string, text: string) {
  return infiniteQueryOptions({
    queryKey: [...conversationsKey(userId), { text }],
    queryFn: async ({ pageParam, signal }): Promise<ConversationPage> => {
      const list = (cursor: string) => {
        const query = { ...(text && { q: text }), ...(cursor && { cursor }) };
        const params = { path: { user_id: userId }, query };
        return unwrap(api.GET("/api/{user_id}/conversations", { params, signal }));
      };
      let page = await list(pageParam);
      // Each request searches a few thousand conversations, so an empty page may not be the last.
      while (page.items.length === 0 && page.next_cursor) page = await list(page.next_cursor);
      return page;
    },
    // Offline, a search fails as it does without an answer. By default it would wait without saying so.
    ...(text ? { networkMode: "always", refetchOnReconnect: true } : { meta: READ_OFFLINE }),
    initialPageParam: "",
    getNextPageParam: (page) => page.next_cursor,
    select: ({ pages }) => pages.flatMap((page) => page.items),
  });
}

export const messagesKey = (userId: string, conversationId: string) => ["messages", userId, conversationId];

/** How often to look for the answer that another tab or device waits for. */
const POLL_MS = 2_000;
/** How often to look whether the server can be reached again. */
const UNREACHABLE_MS = 5_000;

/**
 * The messages of a conversation, oldest first, and the sequence number of the one that is being answered. The newest
 * page loads first.
 */
export function messagesQuery(userId: string, conversationId: string) {
  const path = { user_id: userId, conversation_id: conversationId };
  return infiniteQueryOptions({
    queryKey: messagesKey(userId, conversationId),
    queryFn: ({ pageParam, signal }): Promise<MessagePage> => {
      const query = pageParam ? { before: pageParam } : {};
      const params = { path, query };
      return unwrap(api.GET("/api/{user_id}/conversations/{conversation_id}/messages", { params, signal }));
    },
    meta: READ_OFFLINE,
    initialPageParam: 0,
    getNextPageParam: (page) => page.next_before,
    select: ({ pages }) => ({
      pages: pages.length,
      messages: pages.toReversed().flatMap((page) => page.items),
      running: pages[0]?.running_sequence ?? undefined,
    }),
    refetchInterval: ({ state }) => {
      if (state.data === undefined) return isUnanswered(state.error) ? UNREACHABLE_MS : false;
      return state.data.pages[0]?.running_sequence ? POLL_MS : false;
    },
    refetchIntervalInBackground: true,
  });
}

/** The keys of a conversation's newest messages, as far as they can be read; undefined if it doesn't exist. */
export async function newestKeys(userId: string, id: string): Promise<ReadonlySet<string | null> | undefined> {
  const params = { path: { user_id: userId, conversation_id: id } };
  try {
    const { items } = await unwrap(api.GET("/api/{user_id}/conversations/{conversation_id}/messages", { params }));
    return new Set(items.map((message) => message.idempotency_key));
  } catch (error) {
    return error instanceof ApiError && error.code === "conversation_not_found" ? undefined : new Set();
  }
}

export function renameConversation(userId: string, id: string, title: string): Promise<ConversationPublic> {
  const params = { path: { user_id: userId, conversation_id: id } };
  return unwrap(api.PATCH("/api/{user_id}/conversations/{conversation_id}", { params, body: { title } }));
}

/** A new conversation that the server may not have yet. */
export interface PendingConversation {
  readonly id: string;
  readonly title: string;
  readonly hasFailed: boolean;
}

const deletionListeners = new Map<string, (conversationId: string) => void>();

/** Calls `listener` before a conversation of this user is deleted. */
export function onDeletingConversation(userId: string, listener: (conversationId: string) => void): void {
  deletionListeners.set(userId, listener);
}

/** Also succeeds if the conversation is gone. With `keepalive` the request outlives the page. */
export async function deleteConversation(userId: string, id: string, keepalive: boolean): Promise<void> {
  deletionListeners.get(userId)?.(id);
  const params = { path: { user_id: userId, conversation_id: id } };
  const deleting = api.DELETE("/api/{user_id}/conversations/{conversation_id}", { params, keepalive });
  await unwrap(deleting).catch(unless("conversation_not_found"));
}

/** Downloads a conversation as a Markdown file. */
export function downloadConversation(userId: string, conversationId: string): Promise<void> {
  const params = { path: { user_id: userId, conversation_id: conversationId } };
  const path = "/api/{user_id}/conversations/{conversation_id}/export.md";
  return download(api.GET(path, { params, parseAs: "blob", fetch: fetchLong }));
}
