import type { ListedConversation } from "@taskchat/shared-schema/api";
import { Download, Ellipsis, Pencil, Trash2 } from "lucide-react";
import { type RefObject, useState } from "react";
import { Link, useParams } from "wouter";
import { useUser } from "../account/session.ts";
import { errorMessage } from "../api/error-messages.ts";
import { useIsInDrawer } from "../lib/drawer.ts";
import { revalidateSession } from "../lib/query-client.ts";
import { Action, ActionMenu } from "../ui/ActionMenu.tsx";
import { IconButton } from "../ui/Button.tsx";
import { toastError } from "../ui/toasts.tsx";
import { useDeleteConversation } from "./deletion.ts";
import { foundMessage } from "./found-message.ts";
import { downloadConversation } from "./queries.ts";
import { RenameConversation } from "./RenameConversation.tsx";
import { Snippet } from "./Snippet.tsx";
import * as texts from "./texts.ts";

export const CONVERSATION_LINK =
  "rounded-lg py-2 pl-3 text-sm transition-colors hover:bg-hover aria-[current=page]:bg-hover " +
  "aria-[current=page]:font-medium forced-colors:aria-[current=page]:border-s-4";

interface ConversationItemProps {
  conversation: ListedConversation;
  /** Gets the focus once this item is deleted. */
  focusAfterDelete: RefObject<HTMLElement | null>;
}

export function ConversationItem({ conversation, focusAfterDelete }: ConversationItemProps) {
  const user = useUser();
  const [isRenaming, setIsRenaming] = useState(false);
  const { id, title, snippet } = conversation;
  const isInDrawer = useIsInDrawer();
  const deleteIt = useDeleteConversation(conversation);

  function onDelete(): void {
    deleteIt();
    focusAfterDelete.current?.focus();
  }

  function onDownload(): void {
    downloadConversation(user.id, id).catch((error: unknown) => {
      revalidateSession(error);
      toastError(errorMessage(error));
    });
  }

  return (
    <li className="group relative">
      <Link
        to={`/c/${id}`}
        replace={isInDrawer}
        state={foundMessage(conversation)}
        aria-current={useParams().conversationId === id ? "page" : undefined}
        title={title}
        className={`${CONVERSATION_LINK} block pr-10 group-focus-within:pr-10 group-hover:pr-10 group-has-data-popup-open:pr-10 hovering:pr-3`}
      >
        <span dir="auto" className="block truncate">
          {title}
        </span>
        {snippet && <Snippet parts={snippet} />}
      </Link>
      <ActionMenu
        trigger={
          <IconButton
            label={texts.actionsFor(title)}
            size="small"
            className="absolute top-0.5 right-0.5 group-focus-within:opacity-100 group-hover:opacity-100 data-popup-open:opacity-100 hovering:opacity-0"
          >
            <Ellipsis aria-hidden />
          </IconButton>
        }
      >
        <Action icon={<Pencil aria-hidden />} onClick={() => setIsRenaming(true)}>
          {texts.RENAME_DIALOG}
        </Action>
        <Action icon={<Download aria-hidden />} onClick={onDownload}>
          {texts.DOWNLOAD}
        </Action>
        <Action icon={<Trash2 aria-hidden />} danger onClick={onDelete}>
          {texts.DELETE}
        </Action>
      </ActionMenu>
      <RenameConversation conversation={conversation} open={isRenaming} onClose={() => setIsRenaming(false)} />
    </li>
  );
}
