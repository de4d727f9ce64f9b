import { PRODUCT } from "../product.ts";

export const CRASHED = "Something went wrong";
export const CRASHED_DESCRIPTION = "That's our fault. Your messages and drafts are saved.";
export const RELOAD = "Reload";

export const GO_TO_CHATS = "Go to your chats";
export const PAGE_NOT_FOUND = "Page not found";
export const PAGE_NOT_FOUND_DESCRIPTION = "The link may be wrong or the page may have been removed.";

export const OFFLINE = "You're offline. Messages and changes are saved here and will be sent when you're back.";
export const serverSilent = () =>
  `${PRODUCT.name} isn't responding. Messages and changes are saved here and will be sent when it's back.`;

export const CONVERSATIONS = "Conversations";
export const SHOW_CONVERSATIONS = "Show conversations";

export const COMMANDS = "Commands";
export const NOTHING_FOUND = "Nothing found.";
export const RECENT_CONVERSATIONS = "Recent conversations";
export const SEARCH_AND_COMMANDS = "Search and commands";
export const SEARCH_FIELD = "Search conversations and commands";
export const SEARCH_LOADING_FAILED = "Couldn't load the search. Check your connection and try again.";
export const SEARCHING = "Searching…";
export const USE_DARK_THEME = "Use the dark theme";
export const USE_LIGHT_THEME = "Use the light theme";
export const USE_SYSTEM_THEME = "Use the system's theme";

export const KEY_CTRL = "Ctrl";
export const KEY_ENTER = "Enter";
export const KEY_ESC = "Esc";
export const KEY_SHIFT = "Shift";
export const BRING_BACK_MESSAGE = "Bring back your last message, in an empty message box";
export const CLOSE_DIALOG = "Close a dialog, a menu or a panel";
export const SEND_MESSAGE = "Send the message";
export const SHOW_SHORTCUTS = "Show this list";
export const START_NEW_LINE = "Start a new line";
