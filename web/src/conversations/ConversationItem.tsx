import type { ListedConversation } from "@taskchat/shared-schema/api";
import { Ellipsis, Pencil, Trash2 } from "lucide-react";
import { type RefObject, useState } from "react";
import { NavLink } from "react-router";
import { Action, ActionMenu } from "../ui/ActionMenu.tsx";
import { IconButton } from "../ui/Button.tsx";
import { DeleteConversation } from "./DeleteConversation.tsx";
import type { FoundMessage } from "./found-message.ts";
import { RenameConversation } from "./RenameConversation.tsx";
import { Snippet } from "./Snippet.tsx";

interface ConversationItemProps {
  conversation: ListedConversation;
  /** Gets the focus once this item is deleted. */
  focusAfterDelete: RefObject<HTMLElement | null>;
}

export function ConversationItem({ conversation, focusAfterDelete }: ConversationItemProps) {
  const [dialog, setDialog] = useState<"rename" | "delete">();
  const { id, title, snippet, found_sequence } = conversation;
  const state: FoundMessage | null = found_sequence === null ? null : { found: found_sequence };
  return (
    <li className="group relative">
      <NavLink
        to={`/c/${id}`}
        state={state}
        title={title}
        className="block rounded-lg py-2 pr-10 pl-3 text-sm transition-colors hover:bg-hover aria-[current=page]:bg-hover forced-colors:aria-[current=page]:outline-2"
      >
        <span dir="auto" className="block truncate in-aria-[current=page]:font-medium">
          {title}
        </span>
        {snippet && <Snippet parts={snippet} />}
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
        <Action icon={<Pencil aria-hidden />} onClick={() => setDialog("rename")}>
          Rename…
        </Action>
        <Action icon={<Trash2 aria-hidden />} danger onClick={() => setDialog("delete")}>
          Delete…
        </Action>
      </ActionMenu>
      <RenameConversation conversation={conversation} open={dialog === "rename"} onClose={() => setDialog(undefined)} />
      <DeleteConversation
        conversation={conversation}
        open={dialog === "delete"}
        onClose={() => setDialog(undefined)}
        finalFocus={focusAfterDelete}
      />
    </li>
  );
}
