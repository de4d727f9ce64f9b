import { useCallback, useSyncExternalStore } from "react";
import { tabStorage } from "../lib/tab-storage.ts";

const listeners = new Set<() => void>();

const nameOf = (conversationId: string | null) => `draft.${conversationId ?? "new"}`;

export function readDraft(userId: string, conversationId: string | null): string {
  return tabStorage(userId).getItem(nameOf(conversationId)) ?? "";
}

export function writeDraft(userId: string, conversationId: string | null, text: string): void {
  const storage = tabStorage(userId);
  if (text) storage.setItem(nameOf(conversationId), text);
  else storage.removeItem(nameOf(conversationId));
  for (const listener of listeners) listener();
}

/** Adds to what is typed already; nothing that somebody typed is ever lost. */
export function appendDraft(userId: string, conversationId: string | null, text: string): void {
  const typed = readDraft(userId, conversationId);
  writeDraft(userId, conversationId, typed ? `${typed}\n${text}` : text);
}

/** A new conversation has got its id: what was typed meanwhile goes along. */
export function moveNewDraft(userId: string, conversationId: string): void {
  const typed = readDraft(userId, null);
  if (!typed) return;
  writeDraft(userId, null, "");
  appendDraft(userId, conversationId, typed);
}

/** What is typed and not yet sent, for each conversation and for a new one (null). */
export function useDraft(userId: string, conversationId: string | null): [string, (text: string) => void] {
  const text = useSyncExternalStore(subscribe, () => readDraft(userId, conversationId));
  const setText = useCallback((typed: string) => writeDraft(userId, conversationId, typed), [userId, conversationId]);
  return [text, setText];
}

function subscribe(listener: () => void): () => void {
  listeners.add(listener);
  return () => listeners.delete(listener);
}
