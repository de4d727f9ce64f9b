import { useState } from "react";
import { useAuthConfig } from "../account/auth-config.ts";
import { sendReset } from "../account/mails.ts";
import { TextLink } from "../ui/TextLink.tsx";
import { EmailForm } from "./EmailForm.tsx";
import { EntryPage, EntryText } from "./EntryPage.tsx";
import { originOf, useEntryState } from "./entry-state.ts";
import { MailSent } from "./MailSent.tsx";

/** Has a link sent for a new password. What it says is the same whether or not there is such an account. */
export function ForgotPasswordPage() {
  const origin = originOf(useEntryState());
  const config = useAuthConfig();
  const [email, setEmail] = useState<string>();
  if (email !== undefined) return <LinkSent email={email} byMail={config.data?.mail ?? true} />;
  const isPossible = config.data?.password_reset ?? true;
  return (
    <EntryPage heading="Forgot your password?">
      {isPossible ? (
        <>
          <EntryText>Tell us the e-mail address of your account, and we send a link to set a new one.</EntryText>
          <EmailForm action="Send the link" send={sendReset} onSent={setEmail} />
        </>
      ) : (
        <EntryText>Email isn't set up here. Ask your administrator.</EntryText>
      )}
      <EntryText>
        <TextLink to="/sign-in" state={origin}>
          Back to sign-in
        </TextLink>
      </EntryText>
    </EntryPage>
  );
}

function LinkSent({ email, byMail }: { email: string; byMail: boolean }) {
  const address = <strong className="font-medium text-ink">{email}</strong>;
  return (
    <MailSent heading={byMail ? "Look into your mailbox" : "Ask your administrator"} sendAgain={() => sendReset(email)}>
      {byMail ? (
        <>
          <EntryText>If there is an account with {address}, a link is on its way. It works for one hour.</EntryText>
          <EntryText>No mail? Look among the spam too.</EntryText>
        </>
      ) : (
        <EntryText>Email isn't set up here. Your administrator can give you the link for {address}.</EntryText>
      )}
    </MailSent>
  );
}
