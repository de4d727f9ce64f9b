import { useMutation } from "@tanstack/react-query";
import type { ConversationPublic } from "@taskchat/shared-schema/api";
import type { RefObject } from "react";
import { useParams } from "wouter";
import { navigate } from "wouter/use-browser-location";
import { useUser } from "../account/session.ts";
import { RequestError } from "../api/ErrorText.tsx";
import { useDomain } from "../lib/domain.ts";
import { queryClient, refetch } from "../lib/query-client.ts";
import { Button } from "../ui/Button.tsx";
import { Modal, ModalActions } from "../ui/Modal.tsx";
import { writeDraft } from "./drafts.ts";
import { conversationsKey, deleteConversation, messagesKey } from "./queries.ts";

interface DeleteConversationProps {
  conversation: ConversationPublic;
  open: boolean;
  onClose: () => void;
  finalFocus: RefObject<HTMLElement | null>;
}

export function DeleteConversation({ conversation, open, onClose, finalFocus }: DeleteConversationProps) {
  const user = useUser();
  const { items } = useDomain();
  const { id, title } = conversation;
  const isShown = useParams().conversationId === id;
  const deleting = useMutation({
    mutationFn: () => deleteConversation(user.id, id),
    onSuccess: async () => {
      if (isShown) navigate("/", { replace: true });
      writeDraft(user.id, id, "");
      queryClient.removeQueries({ queryKey: messagesKey(user.id, id) });
      onClose();
      await refetch(conversationsKey(user.id));
    },
  });

  function close(): void {
    deleting.reset();
    onClose();
  }

  return (
    <Modal
      open={open}
      onClose={close}
      title="Delete this conversation?"
      description={`This deletes “${title}” and its messages. This can't be undone. Your ${items} are kept.`}
      {...(deleting.isSuccess && { finalFocus })}
    >
      <RequestError error={deleting.error} />
      <ModalActions>
        <Button onClick={close}>Cancel</Button>
        <Button look="danger" onClick={() => deleting.mutate()} pending={deleting.isPending}>
          Delete
        </Button>
      </ModalActions>
    </Modal>
  );
}
