import { useInfiniteQuery } from "@tanstack/react-query";
import { conversationsQuery, messagesQuery } from "./queries.ts";

const UNTITLED = "Conversation";

/** The title of a conversation; of one that the list has not got to, how it begins. */
export function useConversationTitle(userId: string, conversationId: string | undefined): string {
  const listed = useInfiniteQuery(conversationsQuery(userId, ""));
  const messages = useInfiniteQuery({ ...messagesQuery(userId, conversationId ?? ""), enabled: false });
  if (conversationId === undefined) return "New chat";
  const first = messages.data?.[0];
  return (
    listed.data?.find(({ id }) => id === conversationId)?.title ??
    (first?.sequence === 1 ? first.content : undefined) ??
    UNTITLED
  );
}
