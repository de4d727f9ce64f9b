import { type RefObject, useEffect, useLayoutEffect, useRef } from "react";

/** Within this distance the reader counts as being at the end. */
const NEAR_END_PX = 80;

/**
 * Follows new messages while the reader is at the end, and keeps the position otherwise.
 *
 * @param scroller - the element that scrolls; its first child holds the messages.
 * @param conversation - on change, the view jumps to the end.
 * @param firstEntry - changes when earlier messages are prepended.
 * @param lastSent - the message that waits for a reply. On change, the view jumps to the end.
 */
export function useScroll(
  scroller: RefObject<HTMLElement | null>,
  conversation: string | undefined,
  firstEntry: string | undefined,
  lastSent: string | undefined,
): void {
  const isAtEnd = useRef(true);
  const before = useRef({ conversation, firstEntry, height: 0 });

  // biome-ignore lint/correctness/useExhaustiveDependencies: jump to the end when the conversation changes.
  useLayoutEffect(() => {
    isAtEnd.current = true;
    toEnd(scroller.current);
  }, [scroller, conversation]);

  useLayoutEffect(() => {
    if (lastSent === undefined) return;
    isAtEnd.current = true;
    toEnd(scroller.current);
  }, [scroller, lastSent]);

  useLayoutEffect(() => {
    const element = scroller.current;
    if (element === null) return;
    const { conversation: shown, firstEntry: first, height } = before.current;
    const isLonger = shown === conversation && first !== undefined && first !== firstEntry;
    if (isLonger && !isAtEnd.current) element.scrollTop += element.scrollHeight - height;
    before.current = { conversation, firstEntry, height: element.scrollHeight };
  });

  useEffect(() => {
    const element = scroller.current;
    const content = element?.firstElementChild;
    if (!element || !content) return;
    const onScroll = () => {
      isAtEnd.current = element.scrollHeight - element.scrollTop - element.clientHeight < NEAR_END_PX;
    };
    const follow = new ResizeObserver(() => {
      if (isAtEnd.current) toEnd(element);
    });
    follow.observe(content);
    follow.observe(element);
    element.addEventListener("scroll", onScroll, { passive: true });
    return () => {
      follow.disconnect();
      element.removeEventListener("scroll", onScroll);
    };
  }, [scroller]);
}

function toEnd(element: HTMLElement | null): void {
  if (element) element.scrollTop = element.scrollHeight;
}
