import { queryOptions } from "@tanstack/react-query";
import type { ChatResponse, Config } from "@taskchat/shared-schema/api";
import { unwrap } from "../api/api-error.ts";
import { api, fetchLong } from "../api/client.ts";
import type { OutgoingMessage } from "./outbox.ts";

export function postMessage(userId: string, { key, text, conversationId }: OutgoingMessage): Promise<ChatResponse> {
  // The page shows a new conversation before the server has it, so it chooses the id.
  const isNew = conversationId === null;
  const header = { "Idempotency-Key": key, ...(isNew && { "New-Conversation-Id": key }) };
  const params = { path: { user_id: userId }, header };
  const body = { message: text, ...(!isNew && { conversation_id: conversationId }) };
  return unwrap(api.POST("/api/{user_id}/chat", { params, body, fetch: fetchLong }));
}

/** Stops and discards a message without a reply, even if it has yet to arrive. */
export async function discardMessage(userId: string, key: string): Promise<void> {
  const params = { path: { user_id: userId }, header: { "Idempotency-Key": key } };
  await unwrap(api.DELETE("/api/{user_id}/chat", { params }));
}

/** The deployment's settings. */
export const configQuery = queryOptions({
  queryKey: ["config"],
  queryFn: ({ signal }): Promise<Config> => unwrap(api.GET("/api/config", { signal })),
  staleTime: Number.POSITIVE_INFINITY,
});
