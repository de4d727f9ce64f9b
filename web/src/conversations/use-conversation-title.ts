import { useInfiniteQuery } from "@tanstack/react-query";
import { conversationsQuery, messagesQuery } from "./queries.ts";
import * as texts from "./texts.ts";

/** Finds the title in the loaded list, or else in the conversation's messages. */
export function useConversationTitle(userId: string, conversationId: string | undefined): string {
  const listed = useInfiniteQuery(conversationsQuery(userId, ""));
  const messages = useInfiniteQuery({
    ...messagesQuery(userId, conversationId ?? ""),
    select: ({ pages }) => pages[0]?.title,
    refetchInterval: false,
    enabled: false,
  });
  if (conversationId === undefined) return texts.NEW_CHAT;
  return listed.data?.find(({ id }) => id === conversationId)?.title ?? messages.data ?? texts.UNTITLED;
}
