import { TextLink } from "../ui/TextLink.tsx";
import { EntryText } from "./EntryPage.tsx";
import { originOf, useEntryState } from "./entry-state.ts";
import * as texts from "./texts.tsx";

export function BackToSignIn() {
  const origin = originOf(useEntryState());
  return (
    <EntryText>
      <TextLink to="/sign-in" state={origin}>
        {texts.BACK_TO_SIGN_IN}
      </TextLink>
    </EntryText>
  );
}
