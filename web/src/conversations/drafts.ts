import { useCallback, useSyncExternalStore } from "react";
import { tabStorage } from "../lib/tab-storage.ts";

const listeners = new Set<() => void>();

const draftName = (conversationId: string | null) => `draft.${conversationId ?? "new"}`;

export function readDraft(userId: string, conversationId: string | null): string {
  return tabStorage(userId).getItem(draftName(conversationId)) ?? "";
}

export function writeDraft(userId: string, conversationId: string | null, text: string): void {
  const storage = tabStorage(userId);
  if (text) storage.setItem(draftName(conversationId), text);
  else storage.removeItem(draftName(conversationId));
  for (const listener of listeners) listener();
}

/** Adds to the draft, so that no typed text is lost. */
export function appendDraft(userId: string, conversationId: string | null, text: string): void {
  const typed = readDraft(userId, conversationId);
  writeDraft(userId, conversationId, typed ? `${typed}\n${text}` : text);
}

/** Keeps what was typed in a conversation that is gone. */
export function moveDraftToNew(userId: string, conversationId: string): void {
  const typed = readDraft(userId, conversationId);
  if (typed) appendDraft(userId, null, typed);
  writeDraft(userId, conversationId, "");
}

/** The unsent text of a conversation, or of a new one (null). */
export function useDraft(userId: string, conversationId: string | null): [string, (text: string) => void] {
  const text = useSyncExternalStore(subscribe, () => readDraft(userId, conversationId));
  const setText = useCallback((typed: string) => writeDraft(userId, conversationId, typed), [userId, conversationId]);
  return [text, setText];
}

function subscribe(listener: () => void): () => void {
  listeners.add(listener);
  return () => listeners.delete(listener);
}
