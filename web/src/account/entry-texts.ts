// What signed-out users see too. In texts.ts, they would load the account page's texts with it.

import { plural } from "../language.ts";

export const NAME = "Name";
export const passwordMinLength = (count: number) =>
  plural(count, { one: `At least ${count} character`, other: `At least ${count} characters` });

/** Replaces "Too many requests." */
export const TOO_MANY_EMAILS = "Too many emails.";

export const ENDED =
  "You've been signed out. You may have logged out this device, changed your password or deleted your account elsewhere.";
export const EXPIRED = "Your session has expired. Sign in again.";
export const ACCOUNT_DELETED = "Your account has been deleted.";
export const ACCOUNT_DELETED_IN_OTHER_TAB = "Your account was deleted in another tab.";
export const SIGNED_OUT = "You've signed out.";
export const SIGNED_OUT_IN_OTHER_TAB = "You signed out in another tab.";
