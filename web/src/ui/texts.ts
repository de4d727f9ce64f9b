// Of the components in this folder, and those that several folders need.

export const CANCEL = "Cancel";
export const CLOSE = "Close";
export const LOADING = "Loading…";
export const SHOW_MORE = "Show more";
export const TRY_AGAIN = "Try again";

export const COPIED = "Copied";
export const COPYING_FAILED = "Couldn't copy this. Select the text instead.";
export const DISMISS = "Dismiss";
export const HIDE_PASSWORD = "Hide password";
export const NOTIFICATIONS = "Notifications";
export const SHOW_PASSWORD = "Show password";
export const UNDO = "Undo";
