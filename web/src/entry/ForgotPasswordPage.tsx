import { useState } from "react";
import { useAuthConfig } from "../account/auth-config.ts";
import { sendReset } from "../account/emails.ts";
import { BackToSignIn } from "./BackToSignIn.tsx";
import { EmailForm } from "./EmailForm.tsx";
import { EmailSent } from "./EmailSent.tsx";
import { EntryPage, EntryText } from "./EntryPage.tsx";
import * as texts from "./texts.tsx";

/** Sends a password reset link. The page does not reveal whether the account exists. */
export function ForgotPasswordPage() {
  const config = useAuthConfig();
  const [email, setEmail] = useState<string>();
  if (email !== undefined) return <LinkSent email={email} byMail={config.data?.mail ?? true} />;
  const isPossible = config.data?.password_reset ?? true;
  return (
    <EntryPage heading={texts.FORGOT_PASSWORD}>
      {isPossible ? (
        <>
          <EntryText>{texts.FORGOT_PASSWORD_DESCRIPTION}</EntryText>
          <EmailForm action={texts.SEND_LINK} send={sendReset} onSent={setEmail} />
        </>
      ) : (
        <EntryText>{texts.NO_MAIL}</EntryText>
      )}
      <BackToSignIn />
    </EntryPage>
  );
}

function LinkSent({ email, byMail }: { email: string; byMail: boolean }) {
  const address = <strong className="font-medium text-ink">{email}</strong>;
  if (!byMail) {
    return (
      <EntryPage heading={texts.ASK_ADMINISTRATOR}>
        <EntryText>{texts.askForLink(address)}</EntryText>
        <BackToSignIn />
      </EntryPage>
    );
  }
  return (
    <EmailSent heading={texts.CHECK_INBOX} sendAgain={() => sendReset(email)}>
      <EntryText>{texts.resetSent(address)}</EntryText>
      <EntryText>{texts.CHECK_SPAM}</EntryText>
    </EmailSent>
  );
}
