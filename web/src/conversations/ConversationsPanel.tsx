import { keepPreviousData, useInfiniteQuery } from "@tanstack/react-query";
import { Search, SquarePen } from "lucide-react";
import { useRef, useState } from "react";
import { Link } from "react-router";
import { AccountMenu } from "../account/AccountMenu.tsx";
import { useUser } from "../account/session.ts";
import { errorMessage } from "../api/error-messages.ts";
import { PRODUCT } from "../product.ts";
import { Button, TextButton } from "../ui/Button.tsx";
import { Logo } from "../ui/Logo.tsx";
import { INPUT } from "../ui/TextField.tsx";
import { useDebounced } from "../ui/use-debounced.ts";
import { ConversationItem } from "./ConversationItem.tsx";
import { groupByDate } from "./date-groups.ts";
import { conversationsQuery } from "./queries.ts";
import { useToday } from "./use-today.ts";

interface ConversationsPanelProps {
  onShowShortcuts: () => void;
}

export function ConversationsPanel({ onShowShortcuts }: ConversationsPanelProps) {
  const newChat = useRef<HTMLAnchorElement>(null);
  const [typed, setTyped] = useState("");
  const text = useDebounced(typed.trim());
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
      <ConversationList text={text} focusAfterDelete={newChat} />
      <div className="border-line border-t p-2">
        <AccountMenu onShowShortcuts={onShowShortcuts} />
      </div>
    </nav>
  );
}

interface ConversationListProps {
  /** What is searched for. */
  text: string;
  focusAfterDelete: React.RefObject<HTMLElement | null>;
}

function ConversationList({ text, focusAfterDelete }: ConversationListProps) {
  const user = useUser();
  const today = useToday();
  const listed = useInfiniteQuery({ ...conversationsQuery(user.id, text), placeholderData: keepPreviousData });
  const groups = text ? [{ label: "Results", items: listed.data ?? [] }] : groupByDate(listed.data ?? [], today);
  return (
    <div className="scroller min-h-0 flex-1 px-2 pb-2">
      {listed.data?.length === 0 && (
        <p className="px-3 py-2 text-muted text-sm">{text ? "No matching conversations." : "No conversations yet."}</p>
      )}
      {listed.error && (
        <p role="alert" className="px-3 py-2 text-danger text-sm">
          {errorMessage(listed.error)} <TextButton onClick={() => void listed.refetch()}>Try again</TextButton>
        </p>
      )}
      {groups.map(({ label, items }) => (
        <section key={label} className="not-first:mt-3">
          {items.length > 0 && <h2 className="px-3 py-1 font-medium text-[0.8125rem] text-muted">{label}</h2>}
          <ul aria-label={label} className="flex flex-col gap-0.5">
            {items.map((conversation) => (
              <ConversationItem key={conversation.id} conversation={conversation} focusAfterDelete={focusAfterDelete} />
            ))}
          </ul>
        </section>
      ))}
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
