import { Redirect } from "wouter";
import { navigate } from "wouter/use-browser-location";
import { sendVerification } from "../account/emails.ts";
import { useSession } from "../account/session.ts";
import { BackToSignIn } from "./BackToSignIn.tsx";
import { EmailForm } from "./EmailForm.tsx";
import { EmailSent } from "./EmailSent.tsx";
import { EntryPage, EntryText } from "./EntryPage.tsx";
import { destination, originOf, useEntryState } from "./entry-state.ts";
import * as texts from "./texts.tsx";
import { useTokenFromUrl } from "./use-token-from-url.ts";
import { Verification } from "./Verification.tsx";

/** Confirms an email. The link in the email leads here, and so does signing in before that. */
export function VerifyEmailPage() {
  const [token, clearToken] = useTokenFromUrl();
  const session = useSession();
  const state = useEntryState();
  if (token !== null)
    return <Verification key={token} token={token} fallback={<RequestNewLink onSent={clearToken} />} />;
  if (session.data) return <Redirect {...destination(state, session.data.user.id)} replace />;
  if (state.email === undefined) {
    return (
      <EntryPage heading={texts.CONFIRM_YOUR_EMAIL}>
        <EntryText>{texts.OPEN_LINK_AGAIN}</EntryText>
        <RequestNewLink onSent={clearToken} />
      </EntryPage>
    );
  }
  return <CheckInbox email={state.email} />;
}

function CheckInbox({ email }: { email: string }) {
  return (
    <EmailSent heading={texts.CHECK_INBOX} sendAgain={() => sendVerification(email)}>
      <EntryText>{texts.confirmationSent(<strong className="font-medium text-ink">{email}</strong>)}</EntryText>
      <EntryText>{texts.CHECK_SPAM_OR_SIGN_IN}</EntryText>
    </EmailSent>
  );
}

function RequestNewLink({ onSent }: { onSent: () => void }) {
  const origin = originOf(useEntryState());
  return (
    <>
      <EmailForm
        action={texts.SEND_NEW_LINK}
        send={sendVerification}
        onSent={(email) => {
          onSent();
          navigate("/verify-email", { replace: true, state: { ...origin, email } });
        }}
      />
      <BackToSignIn />
    </>
  );
}
