import { keepPreviousData, useInfiniteQuery } from "@tanstack/react-query";
import { Search, SquarePen } from "lucide-react";
import { useEffect, useRef, useState } from "react";
import { Link } from "react-router";
import { AccountMenu } from "../account/AccountMenu.tsx";
import { useUser } from "../account/session.ts";
import { errorMessage } from "../api/error-messages.ts";
import { PRODUCT } from "../product.ts";
import { Button, TextButton } from "../ui/Button.tsx";
import { Logo } from "../ui/Logo.tsx";
import { INPUT } from "../ui/TextField.tsx";
import { ConversationItem } from "./ConversationItem.tsx";
import { useDeletedConversations } from "./deletion.ts";
import { conversationsQuery } from "./queries.ts";

const DEBOUNCE_MS = 200;

export function ConversationsPanel() {
  const newChat = useRef<HTMLAnchorElement>(null);
  const [typed, setTyped] = useState("");
  const title = useDebounced(typed.trim());
  return (
    <nav aria-label="Conversations" className="flex h-full flex-col">
      <div className="flex h-14 shrink-0 items-center gap-2 px-4">
        <Logo />
        <span className="font-semibold tracking-tight">{PRODUCT.name}</span>
      </div>
      <div className="flex flex-col gap-2 px-3 pb-2">
        <Link
          ref={newChat}
          to="/"
          className="flex h-9 items-center gap-2.5 rounded-lg border border-line bg-canvas px-3 font-medium text-sm transition-colors hover:bg-hover"
        >
          <SquarePen aria-hidden className="size-4 text-accent" />
          New chat
        </Link>
        <div className="relative">
          <Search aria-hidden className="pointer-events-none absolute top-2.5 left-3 size-4 text-muted" />
          <input
            type="search"
            aria-label="Search conversations"
            placeholder="Search"
            value={typed}
            onChange={(event) => setTyped(event.target.value)}
            className={`${INPUT} h-9 pl-9 text-sm`}
          />
        </div>
      </div>
      <ConversationList title={title} focusAfterDelete={newChat} />
      <div className="border-line border-t p-2">
        <AccountMenu />
      </div>
    </nav>
  );
}

interface ConversationListProps {
  title: string;
  focusAfterDelete: React.RefObject<HTMLElement | null>;
}

function ConversationList({ title, focusAfterDelete }: ConversationListProps) {
  const user = useUser();
  const listed = useInfiniteQuery({ ...conversationsQuery(user.id, title), placeholderData: keepPreviousData });
  const deleted = useDeletedConversations();
  const conversations = listed.data?.filter(({ id }) => !deleted.has(id));
  return (
    <div className="scroller min-h-0 flex-1 px-2 pb-2">
      {conversations?.length === 0 && (
        <p className="px-3 py-2 text-muted text-sm">{title ? "No matching conversations." : "No conversations yet."}</p>
      )}
      {listed.error && (
        <p role="alert" className="px-3 py-2 text-danger text-sm">
          {errorMessage(listed.error)} <TextButton onClick={() => void listed.refetch()}>Try again</TextButton>
        </p>
      )}
      <ul className="flex flex-col gap-0.5">
        {conversations?.map((conversation) => (
          <ConversationItem key={conversation.id} conversation={conversation} focusAfterDelete={focusAfterDelete} />
        ))}
      </ul>
      {listed.hasNextPage && (
        <Button
          className="mt-2 w-full"
          onClick={() => void listed.fetchNextPage()}
          disabled={listed.isFetchingNextPage}
        >
          Show more
        </Button>
      )}
    </div>
  );
}

/** The text once the user stops typing. */
function useDebounced(text: string): string {
  const [debounced, setDebounced] = useState(text);
  useEffect(() => {
    const timer = setTimeout(() => setDebounced(text), DEBOUNCE_MS);
    return () => clearTimeout(timer);
  }, [text]);
  return debounced;
}
