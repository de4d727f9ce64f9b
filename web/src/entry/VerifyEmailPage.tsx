import { Redirect } from "wouter";
import { navigate } from "wouter/use-browser-location";
import { sendVerification } from "../account/emails.ts";
import { useSession } from "../account/session.ts";
import { BackToSignIn } from "./BackToSignIn.tsx";
import { EmailForm } from "./EmailForm.tsx";
import { EmailSent } from "./EmailSent.tsx";
import { EntryPage, EntryText } from "./EntryPage.tsx";
import { destination, originOf, useEntryState } from "./entry-state.ts";
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
      <EntryPage heading="Confirm your email">
        <EntryText>Open the link in your email again or request a new one.</EntryText>
        <RequestNewLink onSent={clearToken} />
      </EntryPage>
    );
  }
  return <CheckInbox email={state.email} />;
}

function CheckInbox({ email }: { email: string }) {
  return (
    <EmailSent heading="Check your inbox" sendAgain={() => sendVerification(email)}>
      <EntryText>
        We've sent a link to <strong className="font-medium text-ink">{email}</strong>. Open it to confirm your email,
        then sign in.
      </EntryText>
      <EntryText>No email? Check your spam folder too. If you already have an account, sign in.</EntryText>
    </EmailSent>
  );
}

function RequestNewLink({ onSent }: { onSent: () => void }) {
  const origin = originOf(useEntryState());
  return (
    <>
      <EmailForm
        action="Send a new link"
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
