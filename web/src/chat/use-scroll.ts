import { type RefObject, useEffect, useLayoutEffect, useRef } from "react";

/** This near to the end somebody is reading the end. */
const NEAR_PX = 80;

/**
 * Keeps the end of a conversation in view while somebody reads there, and the place they read at everywhere else.
 *
 * @param scroller - the element that scrolls; its first child holds the messages.
 * @param conversation - changes when another conversation is shown, from its end.
 * @param firstEntry - changes when earlier messages are put before the ones shown.
 * @param lastSent - what waits for an answer. The reader has just sent it, and wants to be there.
 */
export function useScroll(
  scroller: RefObject<HTMLElement | null>,
  conversation: string | undefined,
  firstEntry: string | undefined,
  lastSent: string | undefined,
): void {
  const isAtEnd = useRef(true);
  const before = useRef({ conversation, firstEntry, height: 0 });

  // biome-ignore lint/correctness/useExhaustiveDependencies: another conversation is when to go to the end.
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
      isAtEnd.current = element.scrollHeight - element.scrollTop - element.clientHeight < NEAR_PX;
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
