import { useState } from "react";
import { useAuthConfig } from "../account/auth-config.ts";
import { sendReset } from "../account/emails.ts";
import { BackToSignIn } from "./BackToSignIn.tsx";
import { EmailForm } from "./EmailForm.tsx";
import { EmailSent } from "./EmailSent.tsx";
import { EntryPage, EntryText } from "./EntryPage.tsx";

/** Sends a password reset link. The page does not reveal whether the account exists. */
export function ForgotPasswordPage() {
  const config = useAuthConfig();
  const [email, setEmail] = useState<string>();
  if (email !== undefined) return <LinkSent email={email} byMail={config.data?.mail ?? true} />;
  const isPossible = config.data?.password_reset ?? true;
  return (
    <EntryPage heading="Forgot your password?">
      {isPossible ? (
        <>
          <EntryText>Enter your email and we'll send you a link to set a new password.</EntryText>
          <EmailForm action="Send link" send={sendReset} onSent={setEmail} />
        </>
      ) : (
        <EntryText>Email isn't set up here. Ask your administrator.</EntryText>
      )}
      <BackToSignIn />
    </EntryPage>
  );
}

function LinkSent({ email, byMail }: { email: string; byMail: boolean }) {
  const address = <strong className="font-medium text-ink">{email}</strong>;
  if (!byMail) {
    return (
      <EntryPage heading="Ask your administrator">
        <EntryText>Email isn't set up here. Your administrator can give you the link for {address}.</EntryText>
        <BackToSignIn />
      </EntryPage>
    );
  }
  return (
    <EmailSent heading="Check your inbox" sendAgain={() => sendReset(email)}>
      <EntryText>If {address} has an account, we've sent it a link. It's valid for one hour.</EntryText>
      <EntryText>No email? Check your spam folder too.</EntryText>
    </EmailSent>
  );
}
