/** What mails are about. */
export type MailKind = "verification" | "reset" | "account_exists" | "password_changed";

export interface MailContent {
  readonly subject: string;
  readonly link: string;
  readonly text: string;
  readonly html: string;
}

/** How long the links in the mails can be used. */
export const VERIFICATION_SECONDS = 24 * 3_600;
export const RESET_SECONDS = 3_600;

/** The page of `web` to which a mail of this kind leads. */
const PAGES: Record<MailKind, string> = {
  verification: "/verify-email",
  reset: "/reset-password",
  account_exists: "/sign-in",
  password_changed: "/sign-in",
};

/**
 * The text of a mail, as plain text and as HTML.
 *
 * Nothing in it was typed by anybody: who signs up somebody else's address must not choose what they read. Tokens stand
 * in the fragment of a link, which no browser sends to a server, so that a mail scanner that opens links does not use them
 * up, and who opens one leaves it in no access log. The click on the page then sends it: of a reset in the body, of a
 * verification in the query, which a proxy in front may log; with that one nobody gets in.
 */
export function renderMail(kind: MailKind, publicUrl: string, token?: string): MailContent {
  const page = publicUrl + PAGES[kind];
  const link = token === undefined ? page : `${page}#token=${encodeURIComponent(token)}`;
  const { subject, before, label, after } = WORDS[kind](new URL(publicUrl).host);
  return {
    subject,
    link,
    text: `${before}\n\n${link}\n\n${after}\n`,
    html: [
      '<!doctype html><html lang="en"><body style="font:16px/1.5 sans-serif;max-width:34em;margin:2em auto;padding:0 1em">',
      `<p>${before}</p>`,
      `<p><a href="${link}" style="display:inline-block;padding:.6em 1.2em;border-radius:.4em;background:#1d4ed8;color:#fff;text-decoration:none">${label}</a></p>`,
      `<p style="color:#555">${after}</p>`,
      "</body></html>\n",
    ].join("\n"),
  };
}

interface Words {
  readonly subject: string;
  readonly before: string;
  readonly label: string;
  readonly after: string;
}

const WORDS: Record<MailKind, (host: string) => Words> = {
  verification: (host) => ({
    subject: "Confirm your e-mail address for Taskchat",
    before: `Somebody signed up for Taskchat at ${host} with this e-mail address. If it was you, confirm it here:`,
    label: "Confirm my address",
    after:
      "Then sign in with your password. The link works for a day. If it was not you, ignore this mail: as long as nobody opens the link, nobody gets in.",
  }),
  reset: (host) => ({
    subject: "Choose a new password for Taskchat",
    before: `Somebody asked for a new password for your account of Taskchat at ${host}. If it was you, choose one here:`,
    label: "Choose a new password",
    after: "The link works once, for an hour. If it was not you, ignore this mail: your password stays as it is.",
  }),
  account_exists: (host) => ({
    subject: "You have an account of Taskchat already",
    before: `Somebody tried to sign up for Taskchat at ${host} with this e-mail address, which has an account already. If it was you, sign in:`,
    label: "Sign in",
    after:
      "If you do not know the password, choose a new one by “Forgot your password?” on that page. If it was not you, there is nothing to do: nobody got in.",
  }),
  password_changed: (host) => ({
    subject: "Your password for Taskchat was changed",
    before: `The password of your account of Taskchat at ${host} was just changed, and every other browser is signed out.`,
    label: "Open Taskchat",
    after:
      "If it was not you, choose a new password at once, by “Forgot your password?” on the sign-in page: whoever changed it is signed out then.",
  }),
};
