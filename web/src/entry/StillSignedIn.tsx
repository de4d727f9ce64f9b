import { TextLink } from "../ui/TextLink.tsx";
import { EntryPage, EntryText } from "./EntryPage.tsx";
import * as texts from "./texts.tsx";

interface StillSignedInProps {
  /** What has just been done. */
  heading: string;
  email: string;
}

/** Replaces the sign-in page if someone is signed in, possibly another user. */
export function StillSignedIn({ heading, email }: StillSignedInProps) {
  return (
    <EntryPage heading={heading}>
      <EntryText>{texts.stillSignedIn(<strong className="font-medium text-ink">{email}</strong>)}</EntryText>
      <EntryText>
        <TextLink to="/">{texts.CONTINUE_TO_CHATS}</TextLink>
      </EntryText>
    </EntryPage>
  );
}
