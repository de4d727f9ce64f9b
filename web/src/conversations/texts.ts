export const CONVERSATIONS = "Conversations";
export const LOADING_CONVERSATIONS = "Loading conversations…";
export const NEW_CHAT = "New chat";
export const NO_CONVERSATIONS = "No conversations yet.";
export const NO_MATCHES = "No matching conversations.";
export const NOT_SENT = "Not sent";
export const RESULTS = "Results";
export const SEARCH = "Search";
export const SEARCH_CONVERSATIONS = "Search conversations";
/** Conversations that the server may not have yet. */
export const NEW = "New";

export const TODAY = "Today";
export const YESTERDAY = "Yesterday";
export const PREVIOUS_7_DAYS = "Previous 7 days";
export const PREVIOUS_30_DAYS = "Previous 30 days";

export const DELETE = "Delete";
export const DOWNLOAD = "Download as Markdown";
export const RENAME_DIALOG = "Rename…";
export const TOO_LATE_TO_UNDO = "It's too late to undo this.";
export const actionsFor = (title: string) => `Actions for ${title}`;
export const deleted = (title: string) => `Deleted ${title}`;

export const RENAME = "Rename";
export const RENAME_CONVERSATION = "Rename conversation";
export const TITLE = "Title";

export const NOT_FOUND = "Conversation not found";
export const START_NEW_CHAT = "Start a new chat";
export const UNTITLED = "Conversation";
export const notFoundDescription = (items: string) =>
  `It may have been deleted, or the link is incomplete. Your ${items} are still there.`;
