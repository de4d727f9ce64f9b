import * as texts from "./entry-texts.ts";

/** How a user left: by themselves, or with their account. */
export type Leaving = "signed_out" | "deleted";

const LEFT_HERE: Readonly<Record<Leaving, string>> = {
  signed_out: texts.SIGNED_OUT,
  deleted: texts.ACCOUNT_DELETED,
};
const LEFT_IN_OTHER_TAB: Readonly<Record<Leaving, string>> = {
  signed_out: texts.SIGNED_OUT_IN_OTHER_TAB,
  deleted: texts.ACCOUNT_DELETED_IN_OTHER_TAB,
};

let left: string | undefined;
let expiresAt: Date | undefined;

/** Notes a session, whose end `signedOutNotice` then explains. */
export function noteSession(session: { expiresAt: Date | string }): void {
  left = undefined;
  expiresAt = new Date(session.expiresAt);
}

export function noteLeaving(how: Leaving, isOtherTab: boolean): void {
  left = (isOtherTab ? LEFT_IN_OTHER_TAB : LEFT_HERE)[how];
}

/** Why the user is signed out, as far as this page knows; undefined if it knew no session. */
export function signedOutNotice(now = new Date()): string | undefined {
  if (left !== undefined || expiresAt === undefined) return left;
  return now < expiresAt ? texts.ENDED : texts.EXPIRED;
}
