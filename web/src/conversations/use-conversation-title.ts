import { useInfiniteQuery } from "@tanstack/react-query";
import { conversationsQuery, messagesQuery } from "./queries.ts";

const UNTITLED = "Conversation";

/** Finds the title in the loaded list, or else in the conversation's messages. */
export function useConversationTitle(userId: string, conversationId: string | undefined): string {
  const listed = useInfiniteQuery(conversationsQuery(userId, ""));
  const messages = useInfiniteQuery({
    ...messagesQuery(userId, conversationId ?? ""),
    select: ({ pages }) => pages[0]?.title,
    refetchInterval: false,
    enabled: false,
  });
  if (conversationId === undefined) return "New chat";
  return listed.data?.find(({ id }) => id === conversationId)?.title ?? messages.data ?? UNTITLED;
}
