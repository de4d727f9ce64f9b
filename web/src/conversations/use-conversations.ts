import { useInfiniteQuery } from "@tanstack/react-query";
import { useUser } from "../account/session.ts";
import { useDeletedConversations } from "./deletion.ts";
import { conversationsQuery } from "./queries.ts";

/**
 * The conversations that a text finds, the newest ones without a text. Until they are known, `conversations` are those
 * of the text before, if it found any.
 */
export function useConversations(text: string) {
  const user = useUser();
  const deleted = useDeletedConversations();
  const isListed = ({ id }: { id: string }) => !deleted.has(id);
  const listed = useInfiniteQuery({
    ...conversationsQuery(user.id, text),
    placeholderData: (previous) => (previous?.pages.some(({ items }) => items.some(isListed)) ? previous : undefined),
  });
  return { listed, deleted, conversations: (listed.data ?? []).filter(isListed) };
}
