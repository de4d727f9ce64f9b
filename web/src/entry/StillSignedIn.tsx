import { TextLink } from "../ui/TextLink.tsx";
import { EntryPage, EntryText } from "./EntryPage.tsx";

interface StillSignedInProps {
  /** What is done. */
  heading: string;
  email: string;
}

/** For those who cannot be led to sign-in, because somebody is signed in here, themselves or not. */
export function StillSignedIn({ heading, email }: StillSignedInProps) {
  return (
    <EntryPage heading={heading}>
      <EntryText>
        In this browser <strong className="font-medium text-ink">{email}</strong> is signed in, as before.
      </EntryText>
      <EntryText>
        <TextLink to="/">Go on to the chats</TextLink>
      </EntryText>
    </EntryPage>
  );
}
