import type { ConversationPublic } from "@taskchat/shared-schema/api";
import { Ellipsis, Pencil, Trash2 } from "lucide-react";
import { type RefObject, useState } from "react";
import { NavLink } from "react-router";
import { Action, ActionMenu } from "../ui/ActionMenu.tsx";
import { IconButton } from "../ui/Button.tsx";
import { useDeleteConversation } from "./deletion.ts";
import { RenameConversation } from "./RenameConversation.tsx";

interface ConversationItemProps {
  conversation: ConversationPublic;
  /** Gets the focus once this item is deleted. */
  focusAfterDelete: RefObject<HTMLElement | null>;
}

export function ConversationItem({ conversation, focusAfterDelete }: ConversationItemProps) {
  const [isRenaming, setIsRenaming] = useState(false);
  const { id, title } = conversation;
  const deleteIt = useDeleteConversation(conversation);

  function onDelete(): void {
    deleteIt();
    focusAfterDelete.current?.focus();
  }

  return (
    <li className="group relative">
      <NavLink
        to={`/c/${id}`}
        title={title}
        dir="auto"
        className="block truncate rounded-lg py-2 pr-10 pl-3 text-sm transition-colors hover:bg-hover aria-[current=page]:bg-hover aria-[current=page]:font-medium forced-colors:aria-[current=page]:outline-2"
      >
        {title}
      </NavLink>
      <ActionMenu
        trigger={
          <IconButton
            label={`Actions for ${title}`}
            className="absolute top-0.5 right-0.5 size-8! group-focus-within:opacity-100 group-hover:opacity-100 data-popup-open:opacity-100 hovering:opacity-0"
          >
            <Ellipsis aria-hidden />
          </IconButton>
        }
      >
        <Action icon={<Pencil aria-hidden />} onClick={() => setIsRenaming(true)}>
          Rename…
        </Action>
        <Action icon={<Trash2 aria-hidden />} danger onClick={onDelete}>
          Delete
        </Action>
      </ActionMenu>
      <RenameConversation conversation={conversation} open={isRenaming} onClose={() => setIsRenaming(false)} />
    </li>
  );
}
