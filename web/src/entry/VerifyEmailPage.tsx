import { Navigate, useNavigate } from "react-router";
import { sendVerification } from "../account/mails.ts";
import { useSession } from "../account/session.ts";
import { TextLink } from "../ui/TextLink.tsx";
import { EmailForm } from "./EmailForm.tsx";
import { EntryPage, EntryText } from "./EntryPage.tsx";
import { destination, originOf, useEntryState } from "./entry-state.ts";
import { MailSent } from "./MailSent.tsx";
import { useTokenFromAddress } from "./use-token-from-address.ts";
import { Verification } from "./Verification.tsx";

/** Where an address is confirmed: the link in the mail leads here, and so does everything that waits for it. */
export function VerifyEmailPage() {
  const [token, forgetToken] = useTokenFromAddress();
  const session = useSession();
  const state = useEntryState();
  if (token !== null)
    return <Verification key={token} token={token} otherwise={<AskForAnother onSent={forgetToken} />} />;
  if (session.data) return <Navigate {...destination(state, session.data.user.id)} replace />;
  if (state.email === undefined) {
    return (
      <EntryPage heading="Confirm your address">
        <EntryText>Open the link in the mail again, or have another one sent.</EntryText>
        <AskForAnother onSent={forgetToken} />
      </EntryPage>
    );
  }
  return <LookIntoMailbox email={state.email} />;
}

function LookIntoMailbox({ email }: { email: string }) {
  return (
    <MailSent heading="Look into your mailbox" sendAgain={() => sendVerification(email)}>
      <EntryText>
        Open the link in the mail to <strong className="font-medium text-ink">{email}</strong> and confirm your address.
        Then sign in.
      </EntryText>
      <EntryText>No mail? Look among the spam too. Perhaps you have an account already: then sign in.</EntryText>
    </MailSent>
  );
}

function AskForAnother({ onSent }: { onSent: () => void }) {
  const origin = originOf(useEntryState());
  const navigate = useNavigate();
  return (
    <>
      <EmailForm
        action="Send a new link"
        send={sendVerification}
        onSent={(email) => {
          onSent();
          void navigate("/verify-email", { replace: true, state: { ...origin, email } });
        }}
      />
      <EntryText>
        <TextLink to="/sign-in" state={origin}>
          Back to sign-in
        </TextLink>
      </EntryText>
    </>
  );
}
