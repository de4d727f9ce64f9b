import type { MessagePublic } from "@taskchat/shared-schema/api";
import { useEffect, useRef } from "react";
import { useHistoryState } from "wouter/use-browser-location";
import { type FoundMessage, messageElementId } from "../conversations/found-message.ts";

/** So many pages are loaded for a message. Of longer conversations, the end is shown. */
const PAGES_AT_MOST = 20;
const FLASH_MS = 2_000;

interface Loaded {
  readonly messages: readonly MessagePublic[];
  readonly pages: number;
  /** Loads earlier messages; undefined at the beginning, and while some are loading. */
  readonly showEarlier: (() => void) | undefined;
}

/** Scrolls once to the message that a search has found, and loads earlier ones until it is there. */
export function useFoundMessage({ messages, pages, showEarlier }: Loaded): void {
  const state = useHistoryState<Partial<FoundMessage> | null>();
  const found = state?.found;
  const shownFor = useRef<unknown>(undefined);
  useEffect(() => {
    if (found === undefined || shownFor.current === state || messages.length === 0) return;
    const message = messages.find(({ sequence }) => sequence === found);
    if (message === undefined) {
      if (pages < PAGES_AT_MOST) showEarlier?.();
      return;
    }
    shownFor.current = state;
    const element = document.getElementById(messageElementId(message.idempotency_key ?? message.id));
    element?.scrollIntoView({ block: "center" });
    element?.animate([{ backgroundColor: "var(--color-accent-soft)" }, {}], FLASH_MS);
  }, [found, state, messages, pages, showEarlier]);
}
