import type { ConversationPublic } from "@taskchat/shared-schema/api";
import { useParams } from "wouter";
import { navigate } from "wouter/use-browser-location";
import { useUser } from "../account/session.ts";
import { removeFromOfflineData } from "../lib/offline-data.ts";
import { queryClient, refetch } from "../lib/query-client.ts";
import { tellOtherTabs } from "../lib/tabs.ts";
import { changesOf, defineChange, useChanges } from "../lib/use-changes.ts";
import { toastError, toastUndo } from "../ui/toasts.tsx";
import { writeDraft } from "./drafts.ts";
import { conversationsKey, deleteConversation, messagesKey } from "./queries.ts";
import * as texts from "./texts.ts";

const KIND = "conversation.delete";

interface Deletion {
  readonly conversationId: string;
}

defineChange<Deletion>(KIND, {
  send: async (userId, { conversationId }, { keepalive }) => {
    await deleteConversation(userId, conversationId, keepalive);
    // Somebody may type in a conversation that another tab deletes. The page that shows it keeps the text.
    if (location.pathname !== `/c/${conversationId}`) writeDraft(userId, conversationId, "");
    queryClient.removeQueries({ queryKey: messagesKey(userId, conversationId) });
    removeFromOfflineData(messagesKey(userId, conversationId));
  },
  refresh: async (userId) => {
    tellOtherTabs(userId, null);
    await refetch(conversationsKey(userId));
  },
});

/** Deletes a conversation once the offer to undo that has ended, or the page. */
export function useDeleteConversation({ id, title }: ConversationPublic): () => void {
  const user = useUser();
  const isShown = useParams().conversationId === id;
  return () => {
    const changes = changesOf(user.id);
    const changeId = changes.hold(KIND, { conversationId: id } satisfies Deletion);
    if (isShown) navigate("/", { replace: true });
    const undo = () => {
      if (!changes.discard(changeId)) toastError(texts.TOO_LATE_TO_UNDO);
      else if (isShown) navigate(`/c/${id}`);
    };
    toastUndo(id, texts.deleted(title), undo, () => changes.release(changeId));
  };
}

/** The ids of the conversations that are deleted as far as the user is concerned. Lists leave them out. */
export function useDeletedConversations(): ReadonlySet<string> {
  const user = useUser();
  const deletions = useChanges(user.id).filter(({ kind, state }) => kind === KIND && state !== "refused");
  return new Set(deletions.map(({ variables }) => (variables as Deletion).conversationId));
}
