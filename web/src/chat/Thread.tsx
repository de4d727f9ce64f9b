import { ArrowDown } from "lucide-react";
import { useRef } from "react";
import { messageElementId } from "../conversations/found-message.ts";
import { Button } from "../ui/Button.tsx";
import { AssistantMessage } from "./AssistantMessage.tsx";
import { MessageTime } from "./MessageTime.tsx";
import { Thinking } from "./Thinking.tsx";
import * as texts from "./texts.tsx";
import type { ThreadEntry } from "./thread.ts";
import { type MessageActions, UserMessage } from "./UserMessage.tsx";
import { useScroll } from "./use-scroll.ts";

interface ThreadProps {
  conversationId: string | undefined;
  entries: readonly ThreadEntry[];
  actions: MessageActions;
  /** Loads earlier messages; undefined if there are none. */
  showEarlier: (() => void) | undefined;
  isFetchingEarlier: boolean;
}

export function Thread({ conversationId, entries, actions, showEarlier, isFetchingEarlier }: ThreadProps) {
  const scroller = useRef<HTMLDivElement>(null);
  const waiting = entries.findLast((entry) => entry.role === "user" && entry.delivery.state === "sending");
  const { isAtEnd, hasNew, toEnd } = useScroll(scroller, {
    conversation: conversationId,
    firstEntry: entries[0]?.id,
    lastEntry: entries.at(-1)?.id,
    waiting: waiting?.id,
  });
  return (
    <div className="relative flex min-h-0 flex-1 flex-col">
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: scrollable elements must be reachable by keyboard. */}
      <section ref={scroller} tabIndex={0} aria-label={texts.CONVERSATION} className="scroller min-h-0 flex-1">
        <div className="mx-auto flex w-full max-w-3xl flex-col gap-6 px-4 py-6 sm:px-6">
          {showEarlier && (
            <Button className="self-center" onClick={showEarlier} disabled={isFetchingEarlier}>
              {texts.SHOW_EARLIER}
            </Button>
          )}
          <ol aria-label={texts.MESSAGES} className="flex flex-col gap-6">
            {entries.map((entry) => (
              <li key={entry.id} id={messageElementId(entry.id)} className="group/message relative rounded-lg">
                {entry.role === "user" ? (
                  <UserMessage entry={entry} actions={actions} />
                ) : (
                  <AssistantMessage entry={entry} />
                )}
                {entry.createdAt && (
                  <MessageTime
                    at={entry.createdAt}
                    className={`absolute top-full mt-1 ${entry.role === "user" ? "right-8" : "left-8"}`}
                  />
                )}
              </li>
            ))}
          </ol>
          {waiting?.role === "user" && waiting.delivery.state === "sending" && (
            <Thinking errorCode={waiting.delivery.errorCode} />
          )}
        </div>
      </section>
      {!isAtEnd && (
        <Button round className="absolute bottom-3 left-1/2 -translate-x-1/2 shadow-md" onClick={toEnd}>
          <ArrowDown aria-hidden className="size-4" />
          {hasNew ? texts.NEW_REPLY : <span className="sr-only">{texts.GO_TO_END}</span>}
        </Button>
      )}
    </div>
  );
}
