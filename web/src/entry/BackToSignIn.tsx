import { TextLink } from "../ui/TextLink.tsx";
import { EntryText } from "./EntryPage.tsx";
import { originOf, useEntryState } from "./entry-state.ts";

export function BackToSignIn() {
  const origin = originOf(useEntryState());
  return (
    <EntryText>
      <TextLink to="/sign-in" state={origin}>
        Back to sign in
      </TextLink>
    </EntryText>
  );
}
