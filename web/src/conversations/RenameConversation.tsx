import { useMutation } from "@tanstack/react-query";
import type { ConversationPublic } from "@taskchat/shared-schema/api";
import type { FormEvent } from "react";
import { useUser } from "../account/session.ts";
import { RequestError } from "../api/ErrorText.tsx";
import { refetch } from "../lib/query-client.ts";
import { Button } from "../ui/Button.tsx";
import { Modal, ModalActions } from "../ui/Modal.tsx";
import { TextField } from "../ui/TextField.tsx";
import { CANCEL } from "../ui/texts.ts";
import { conversationsKey, messagesKey, renameConversation, TITLE_MAX_CHARS } from "./queries.ts";
import * as texts from "./texts.ts";

interface RenameConversationProps {
  conversation: ConversationPublic;
  open: boolean;
  onClose: () => void;
}

export function RenameConversation({ conversation, open, onClose }: RenameConversationProps) {
  const user = useUser();
  const renaming = useMutation({
    mutationFn: (title: string) => renameConversation(user.id, conversation.id, title),
    onSuccess: async () => {
      void refetch(messagesKey(user.id, conversation.id));
      await refetch(conversationsKey(user.id));
      close();
    },
  });

  function close(): void {
    renaming.reset();
    onClose();
  }

  function onSubmit(event: FormEvent<HTMLFormElement>): void {
    event.preventDefault();
    const title = String(new FormData(event.currentTarget).get("title")).trim();
    if (title === conversation.title) close();
    else if (title) renaming.mutate(title);
  }

  return (
    <Modal open={open} onClose={close} title={texts.RENAME_CONVERSATION}>
      <form onSubmit={onSubmit} className="flex flex-col gap-4">
        <TextField
          label={texts.TITLE}
          name="title"
          dir="auto"
          required
          maxLength={TITLE_MAX_CHARS}
          defaultValue={conversation.title}
          onFocus={(event) => event.currentTarget.select()}
        />
        <RequestError error={renaming.error} />
        <ModalActions>
          <Button onClick={close}>{CANCEL}</Button>
          <Button type="submit" look="primary" pending={renaming.isPending}>
            {texts.RENAME}
          </Button>
        </ModalActions>
      </form>
    </Modal>
  );
}
