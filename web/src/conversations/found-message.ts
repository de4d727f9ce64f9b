/** State of the history entry of a conversation that a search has opened: the message to show. */
export interface FoundMessage {
  readonly found: number;
}

/** The id of the element that shows a message. */
export const messageElementId = (entryId: string) => `message-${entryId}`;
