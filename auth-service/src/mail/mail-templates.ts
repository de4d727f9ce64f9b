/** The kinds of mails. */
export type MailKind = "verification" | "reset" | "account_exists" | "password_changed" | "test";

export interface MailContent {
  readonly subject: string;
  readonly link: string;
  readonly text: string;
  readonly html: string;
}

/** How long the links in mails work. */
export const VERIFICATION_SECONDS = 24 * 3_600;
export const RESET_SECONDS = 3_600;

/** The page of `web` that each kind links to. */
const PAGES: Record<MailKind, string> = {
  verification: "/verify-email",
  reset: "/reset-password",
  account_exists: "/sign-in",
  password_changed: "/sign-in",
  test: "/sign-in",
};

/**
 * Render a mail as plain text and as HTML.
 *
 * It contains no user input, because anyone can sign up with another person's address. Tokens are in the URL fragment,
 * which browsers don't send: mail scanners that open links don't use tokens up, and access logs don't contain them. The
 * page sends the token after a click: in the body for a reset, in the query for a verification. A proxy may log the
 * latter, but it does not sign anyone in.
 */
export function renderMail(kind: MailKind, publicUrl: string, token?: string): MailContent {
  const page = publicUrl + PAGES[kind];
  const link = token === undefined ? page : `${page}#token=${encodeURIComponent(token)}`;
  const { subject, before, label, after } = TEMPLATES[kind](new URL(publicUrl).host);
  return {
    subject,
    link,
    text: `${before}\n\n${link}\n\n${after}\n`,
    html: [
      '<!doctype html><html lang="en"><body style="font:16px/1.5 sans-serif;max-width:34em;margin:2em auto;padding:0 1em">',
      `<p>${before}</p>`,
      `<p><a href="${link}" style="display:inline-block;padding:.6em 1.2em;border-radius:.4em;background:#0f766e;color:#fff;text-decoration:none">${label}</a></p>`,
      `<p style="color:#555">${after}</p>`,
      "</body></html>\n",
    ].join("\n"),
  };
}

interface Template {
  readonly subject: string;
  readonly before: string;
  readonly label: string;
  readonly after: string;
}

const TEMPLATES: Record<MailKind, (host: string) => Template> = {
  verification: (host) => ({
    subject: "Confirm your email for Taskchat",
    before: `Someone signed up for Taskchat at ${host} with this email address. If it was you, confirm it here:`,
    label: "Confirm email",
    after:
      "Then sign in with your password. The link works for 24 hours. If this wasn't you, ignore this email and don't open the link.",
  }),
  reset: (host) => ({
    subject: "Reset your Taskchat password",
    before: `Someone requested a new password for your Taskchat account at ${host}. If it was you, choose one here:`,
    label: "Choose a new password",
    after:
      "The link works once and expires in an hour. If this wasn't you, ignore this email; your password won't change.",
  }),
  account_exists: (host) => ({
    subject: "You already have a Taskchat account",
    before: `Someone tried to sign up for Taskchat at ${host} with this email address, but you already have an account. If it was you, sign in:`,
    label: "Sign in",
    after:
      "If you forgot your password, click “Forgot your password?” on that page. If this wasn't you, you don't need to do anything.",
  }),
  password_changed: (host) => ({
    subject: "Your Taskchat password was changed",
    before: `The password of your Taskchat account at ${host} was just changed, and all other devices were signed out.`,
    label: "Open Taskchat",
    after:
      "If this wasn't you, choose a new password now: click “Forgot your password?” on the sign-in page. That signs out whoever changed it.",
  }),
  test: (host) => ({
    subject: "Test email from Taskchat",
    before: `The operator of Taskchat at ${host} sent this email to check that it arrives. It did.`,
    label: "Open Taskchat",
    after:
      "If it was in your spam folder, other people's emails will be too: set up SPF and DKIM for the sender's domain.",
  }),
};
