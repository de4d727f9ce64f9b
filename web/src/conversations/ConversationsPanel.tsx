import { CircleAlert, Search, SquarePen } from "lucide-react";
import { useRef, useState } from "react";
import { Link, useParams } from "wouter";
import { AccountMenu } from "../account/AccountMenu.tsx";
import { ErrorText } from "../api/ErrorText.tsx";
import { useIsInDrawer } from "../lib/drawer.ts";
import { PRODUCT } from "../product.ts";
import { Button, TextButton } from "../ui/Button.tsx";
import { Logo } from "../ui/Logo.tsx";
import { SkeletonRows } from "../ui/Skeleton.tsx";
import { INPUT } from "../ui/TextField.tsx";
import { SHOW_MORE, TRY_AGAIN } from "../ui/texts.ts";
import { useDebounced } from "../ui/use-debounced.ts";
import { CONVERSATION_LINK, ConversationItem } from "./ConversationItem.tsx";
import { groupByDate } from "./date-groups.ts";
import type { PendingConversation } from "./queries.ts";
import * as texts from "./texts.ts";
import { useConversations } from "./use-conversations.ts";
import { useToday } from "./use-today.ts";

interface ConversationsPanelProps {
  pending: readonly PendingConversation[];
  onShowShortcuts: () => void;
}

export function ConversationsPanel({ pending, onShowShortcuts }: ConversationsPanelProps) {
  const newChat = useRef<HTMLAnchorElement>(null);
  const [typed, setTyped] = useState("");
  const text = useDebounced(typed.trim());
  const isInDrawer = useIsInDrawer();
  return (
    <nav aria-label={texts.CONVERSATIONS} className="flex h-full flex-col">
      <div className="flex h-14 shrink-0 items-center gap-2 px-4">
        <Logo />
        <span className="font-semibold tracking-tight">{PRODUCT.name}</span>
      </div>
      <div className="flex flex-col gap-2 px-3 pb-2">
        <Link
          ref={newChat}
          to="/"
          replace={isInDrawer}
          className="flex h-9 items-center gap-2.5 rounded-lg border border-line bg-canvas px-3 font-medium text-sm transition-colors hover:bg-hover"
        >
          <SquarePen aria-hidden className="size-4 text-accent" />
          {texts.NEW_CHAT}
        </Link>
        <div className="relative">
          <Search aria-hidden className="pointer-events-none absolute top-2.5 left-3 size-4 text-muted" />
          <input
            type="search"
            aria-label={texts.SEARCH_CONVERSATIONS}
            placeholder={texts.SEARCH}
            value={typed}
            onChange={(event) => setTyped(event.target.value)}
            className={`${INPUT} h-9 pl-9 text-sm`}
          />
        </div>
      </div>
      <ConversationList text={text} pending={text ? [] : pending} focusAfterDelete={newChat} />
      <div className="border-line border-t p-2">
        <AccountMenu onShowShortcuts={onShowShortcuts} />
      </div>
    </nav>
  );
}

interface ConversationListProps {
  /** What is searched for. */
  text: string;
  pending: readonly PendingConversation[];
  focusAfterDelete: React.RefObject<HTMLElement | null>;
}

function ConversationList({ text, pending, focusAfterDelete }: ConversationListProps) {
  const today = useToday();
  const { listed, deleted, conversations } = useConversations(text);
  // The text that found the listed conversations.
  const [answered, setAnswered] = useState(text);
  if (listed.data && !listed.isPlaceholderData && answered !== text) setAnswered(text);
  const isInDrawer = useIsInDrawer();
  const { conversationId } = useParams();
  const unlisted = pending.filter(({ id }) => !deleted.has(id) && !conversations.some((each) => each.id === id));
  const groups = answered ? [{ label: texts.RESULTS, items: conversations }] : groupByDate(conversations, today);
  return (
    <div className="scroller min-h-0 flex-1 px-2 pb-2">
      {listed.data && conversations.length === 0 && unlisted.length === 0 && (
        <p className="px-3 py-2 text-muted text-sm">{answered ? texts.NO_MATCHES : texts.NO_CONVERSATIONS}</p>
      )}
      {listed.error && (
        <p role="alert" className="px-3 py-2 text-danger text-sm">
          <ErrorText error={listed.error} /> <TextButton onClick={() => void listed.refetch()}>{TRY_AGAIN}</TextButton>
        </p>
      )}
      {listed.isPending && <SkeletonRows label={texts.LOADING_CONVERSATIONS} count={6} row="h-9 px-3" />}
      {unlisted.length > 0 && (
        <ul aria-label={texts.NEW} className="flex flex-col gap-0.5">
          {unlisted.map(({ id, title, hasFailed }) => (
            <li key={id}>
              <Link
                to={`/c/${id}`}
                replace={isInDrawer}
                aria-current={conversationId === id ? "page" : undefined}
                title={title}
                className={`${CONVERSATION_LINK} flex gap-2 pr-3`}
              >
                <span dir="auto" className="min-w-0 flex-1 truncate">
                  {title}
                </span>
                {hasFailed && (
                  <CircleAlert
                    role="img"
                    aria-label={texts.NOT_SENT}
                    className="size-4 shrink-0 self-center text-danger"
                  />
                )}
              </Link>
            </li>
          ))}
        </ul>
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
          {SHOW_MORE}
        </Button>
      )}
    </div>
  );
}
