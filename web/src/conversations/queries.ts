import { infiniteQueryOptions } from "@tanstack/react-query";
import type { ConversationPage, ConversationPublic, MessagePage } from "@taskchat/shared-schema/api";
import { unwrap } from "../api/api-error.ts";
import { api } from "../api/client.ts";

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
    initialPageParam: "",
    getNextPageParam: (page) => page.next_cursor,
    select: ({ pages }) => pages.flatMap((page) => page.items),
  });
}

export const messagesKey = (userId: string, conversationId: string) => ["messages", userId, conversationId];

/** How often to look for the answer that another tab or device waits for. */
const POLL_MS = 2_000;

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
    initialPageParam: 0,
    getNextPageParam: (page) => page.next_before,
    select: ({ pages }) => ({
      pages: pages.length,
      messages: pages.toReversed().flatMap((page) => page.items),
      running: pages[0]?.running_sequence ?? undefined,
    }),
    refetchInterval: ({ state }) => (state.data?.pages[0]?.running_sequence ? POLL_MS : false),
    refetchIntervalInBackground: true,
  });
}

export function renameConversation(userId: string, id: string, title: string): Promise<ConversationPublic> {
  const params = { path: { user_id: userId, conversation_id: id } };
  return unwrap(api.PATCH("/api/{user_id}/conversations/{conversation_id}", { params, body: { title } }));
}

export async function deleteConversation(userId: string, id: string): Promise<void> {
  const params = { path: { user_id: userId, conversation_id: id } };
  await unwrap(api.DELETE("/api/{user_id}/conversations/{conversation_id}", { params }));
}
