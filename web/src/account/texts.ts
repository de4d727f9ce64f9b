import { anyOf, LANGUAGE } from "../language.ts";

export const ACCOUNT = "Account: ";
export const BACK_TO_CHATS = "Back to your chats";
export const KEYBOARD_SHORTCUTS = "Keyboard shortcuts";
export const SIGN_OUT = "Sign out";
export const THEME = "Theme";
export const THEME_DARK = "Dark";
export const THEME_LIGHT = "Light";
export const THEME_SYSTEM = "System";
export const YOUR_ACCOUNT = "Your account";

export const LOSE_UNSENT_DESCRIPTION =
  "Some messages or changes haven't been sent yet. If you sign out now, they are lost.";
export const LOSE_UNSENT_QUESTION = "Sign out with unsent changes?";
export const STAY_SIGNED_IN = "Stay signed in";

export const EMAIL = "Email";
export const EMAIL_CONFIRMED = "Confirmed";
export const EMAIL_NOT_CONFIRMED = "Not confirmed";
export const CONFIRMATION_SENT = "Sent. Check your inbox. Earlier links work too.";
export const NAME_SAVED = "Name saved.";
export const PROFILE = "Profile";
export const SAVE_NAME = "Save name";
export const SEND_CONFIRMATION = "Send confirmation link";

export const CHANGE_PASSWORD = "Change password";
export const CHANGE_PASSWORD_DESCRIPTION = "Changing your password signs you out everywhere else.";
export const CURRENT_PASSWORD = "Current password";
export const NEW_PASSWORD = "New password";
export const PASSWORD = "Password";
export const PASSWORD_CHANGED = "Password changed. Your other devices have been signed out.";
export const SET_PASSWORD_BY_EMAIL = "Set a password by email";
export const YOUR_PASSWORD = "Your password";
export const noPassword = (providers: readonly string[]) =>
  `You sign in with ${anyOf(providers)}, so you don't have a password.`;

export const CONFIRM_WITH_PASSWORD = "You signed in a while ago, so please confirm it's you.";
export const DEVICES = "Devices";
export const DEVICES_DESCRIPTION =
  "Where you're signed in. If you don't recognize one, log it out and change your password.";
export const LOADING_DEVICES = "Loading devices…";
export const LOG_OUT = "Log out";
export const LOG_OUT_DESCRIPTION = "This can take up to five minutes.";
export const LOG_OUT_OTHERS = "Log out of all other devices…";
export const LOG_OUT_OTHERS_DESCRIPTION = "You'll stay signed in here. This can take up to five minutes.";
export const LOG_OUT_OTHERS_QUESTION = "Log out of all other devices?";
export const LOGGED_OUT = "Device logged out.";
export const LOGGED_OUT_OTHERS = "Logged out of all other devices.";
export const logOut = (device: string) => `Log out ${device}`;
export const logOutQuestion = (device: string) => `Log out ${device}?`;

export const ACTIVE_NOW = "Active now";
export const THIS_DEVICE = "This device";
export const UNKNOWN_BROWSER = "Unknown browser";
export const USED_JUST_NOW = "Used within the last hour";
export const browserOn = (browser: string, system: string) => `${browser} on ${system}`;
export const lastUsed = (count: number, unit: "hour" | "day") => `Last used ${AGO.format(-count, unit)}`;
export const signedInOn = (date: Date) => `Signed in on ${DAY.format(date)}`;

const AGO = new Intl.RelativeTimeFormat(LANGUAGE, { numeric: "auto" });
const DAY = new Intl.DateTimeFormat(LANGUAGE, { dateStyle: "medium" });

export const DATA = "Your data";
export const DATA_DOWNLOADED = "Your data has been downloaded.";
export const DOWNLOAD_DATA = "Download my data";
export const dataDescription = (items: string) =>
  `Your name, email, conversations and ${items} in one JSON file, or your ${items} for a spreadsheet.`;
export const itemsDownloaded = (items: string) => `Your ${items} have been downloaded.`;

export const DELETE_ACCOUNT = "Delete account";
export const DELETE_ACCOUNT_QUESTION = "Delete your account?";
export const KEEP_ACCOUNT = "Keep my account";
export const OPEN_DELETE_ACCOUNT = "Delete account…";
export const deleteAccountDescription = (items: string) =>
  `This deletes your account, conversations and ${items}. Download your data first if you want to keep it.`;
export const deleteAccountWarning = (items: string) =>
  `This deletes your account, conversations and ${items}. This can't be undone.`;
