import { betterAuth } from "better-auth";
import { z } from "zod";
import { EMAIL_MAX_CHARS } from "../accounts/names.ts";
import { authOptions } from "../auth.ts";
import { pendingMigrations } from "../database/pending-migrations.ts";
import { MISSING } from "../database/readiness.ts";
import type { Mail } from "../mail/mail.ts";
import { RESET_SECONDS, renderMail } from "../mail/mail-templates.ts";
import { CommandError, runCommand } from "./command.ts";

const USAGE = `usage: node auth-service/src/commands/create-account.ts you@example.com
  Creates an account, even if SIGN_UP or SIGN_UP_EMAIL_DOMAINS would refuse it, and prints a link that sets its password.
  Run it again for another link if that one has expired.`;

await runCommand(async (settings, pool, log) => {
  const email = z.email().max(EMAIL_MAX_CHARS).safeParse(process.argv[2]).data;
  if (email === undefined || process.argv.length > 3) throw new CommandError(USAGE);
  const links: string[] = [];
  const mail: Mail = {
    send: (kind, _to, token) => void links.push(renderMail(kind, settings.publicUrl, token).link),
    finish: async () => {},
  };
  const options = authOptions(settings, pool, log, mail);
  if ((await pendingMigrations(options, pool)).isPending) throw new CommandError(MISSING.schema);
  // Without validateUserInfo, which holds for people who sign up, and only works within a request.
  const auth = betterAuth({ ...options, user: { deleteUser: options.user.deleteUser } });
  const { internalAdapter } = await auth.$context;
  const existing = await internalAdapter.findUserByEmail(email, { includeAccounts: true });
  // Without a way to sign in, it was created here, and its link was lost or has expired.
  if (existing && existing.accounts.length > 0) throw new CommandError("this address already has an account");
  // The operator vouches for the address. An empty name becomes the local part of the address.
  if (!existing)
    await internalAdapter.createUser({ email, name: "", emailVerified: true }, { method: "email-password" });
  await auth.api.requestPasswordReset({ body: { email } });
  return `the account ${existing ? "has no password yet" : "was created"}. Within ${RESET_SECONDS / 60} minutes, set its password at ${links[0]}`;
});
