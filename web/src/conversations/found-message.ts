import type { ListedConversation } from "@taskchat/shared-schema/api";

/** State of the history entry of a conversation that a search has opened: the message to show. */
export interface FoundMessage {
  readonly found: number;
}

/** The state for the history entry of a listed conversation. */
export const foundMessage = ({ found_sequence: found }: ListedConversation): FoundMessage | null =>
  found === null ? null : { found };

/** The id of the element that shows a message. */
export const messageElementId = (entryId: string) => `message-${entryId}`;
