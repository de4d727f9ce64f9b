import { useInfiniteQuery } from "@tanstack/react-query";
import { conversationsQuery, messagesQuery } from "./queries.ts";

const UNTITLED = "Conversation";

/** The title of a conversation; one that the list has not got to says it with its messages. */
export function useConversationTitle(userId: string, conversationId: string | undefined): string {
  const listed = useInfiniteQuery(conversationsQuery(userId, ""));
  const messages = useInfiniteQuery({
    ...messagesQuery(userId, conversationId ?? ""),
    select: ({ pages }) => pages[0]?.title,
    enabled: false,
  });
  if (conversationId === undefined) return "New chat";
  return listed.data?.find(({ id }) => id === conversationId)?.title ?? messages.data ?? UNTITLED;
}
