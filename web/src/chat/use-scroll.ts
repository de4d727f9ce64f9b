import { type RefObject, useEffect, useLayoutEffect, useRef, useState } from "react";

/** Within this distance the reader counts as being at the end. */
const NEAR_END_PX = 80;
/** The space above a reply that is shown from its beginning. */
const ABOVE_REPLY_PX = 16;

interface Shown {
  conversation: string | undefined;
  firstEntry: string | undefined;
  lastEntry: string | undefined;
  /** The message that waits for a reply. */
  waiting: string | undefined;
}

/**
 * Follows new messages while the reader is at the end, and keeps the position otherwise. A new reply that doesn't fit is
 * shown from its beginning. On a change of the conversation, and when a message is sent, the view jumps to the end.
 *
 * @param scroller - the element that scrolls; its first child holds the messages as the items of a list.
 * @returns whether the reader is at the end, whether there is a reply below that was not seen, and how to get there.
 */
export function useScroll(scroller: RefObject<HTMLElement | null>, shown: Shown) {
  const { conversation, firstEntry, lastEntry, waiting } = shown;
  const [isAtEnd, setIsAtEnd] = useState(true);
  const follows = useRef(true);
  const seen = useRef(lastEntry);
  const before = useRef({ ...shown, height: 0 });

  function toEnd(): void {
    follows.current = true;
    if (scroller.current) scroller.current.scrollTop = scroller.current.scrollHeight;
  }

  // biome-ignore lint/correctness/useExhaustiveDependencies: only when one of these changes.
  useLayoutEffect(() => {
    const isReply = waiting === undefined && before.current.waiting !== undefined;
    if (isReply && before.current.conversation === conversation) {
      if (follows.current && scroller.current) follows.current = showReply(scroller.current);
    } else toEnd();
  }, [conversation, waiting]);

  useLayoutEffect(() => {
    const element = scroller.current;
    if (element === null) return;
    const { conversation: shownBefore, firstEntry: first, height } = before.current;
    const isLonger = shownBefore === conversation && first !== undefined && first !== firstEntry;
    if (isLonger && !follows.current) element.scrollTop += element.scrollHeight - height;
    before.current = { conversation, firstEntry, lastEntry, waiting, height: element.scrollHeight };
  });

  useEffect(() => {
    const element = scroller.current;
    const content = element?.firstElementChild;
    if (!element || !content) return;
    const onScroll = () => {
      follows.current = distanceToEnd(element) < NEAR_END_PX;
      setIsAtEnd(follows.current);
    };
    const follow = new ResizeObserver(() => {
      if (follows.current) element.scrollTop = element.scrollHeight;
      onScroll();
    });
    follow.observe(content);
    follow.observe(element);
    element.addEventListener("scroll", onScroll, { passive: true });
    return () => {
      follow.disconnect();
      element.removeEventListener("scroll", onScroll);
    };
  }, [scroller]);

  if (isAtEnd) seen.current = lastEntry;
  return { isAtEnd, hasNew: !isAtEnd && seen.current !== lastEntry, toEnd };
}

const distanceToEnd = ({ scrollHeight, scrollTop, clientHeight }: HTMLElement) =>
  scrollHeight - scrollTop - clientHeight;

/** Scrolls to the beginning of the last message, or to the end if all of it fits; returns whether that is the end. */
function showReply(scroller: HTMLElement): boolean {
  const reply = scroller.querySelector(":scope > * > ol > li:last-child"); // not of a list in a reply
  const top = reply ? reply.getBoundingClientRect().top - scroller.getBoundingClientRect().top : 0;
  scroller.scrollTop += Math.min(distanceToEnd(scroller), top - ABOVE_REPLY_PX);
  return distanceToEnd(scroller) < NEAR_END_PX;
}
