import { useMutation } from "@tanstack/react-query";
import type { ReactNode } from "react";
import { Redirect } from "wouter";
import { useSession } from "../account/session.ts";
import { ApiError } from "../api/api-error.ts";
import { getAuth } from "../api/auth-client.ts";
import { RequestError } from "../api/ErrorText.tsx";
import { errorMessage } from "../api/error-messages.ts";
import { Button } from "../ui/Button.tsx";
import { EntryPage, EntryText } from "./EntryPage.tsx";
import type { EntryState } from "./entry-state.ts";
import { StillSignedIn } from "./StillSignedIn.tsx";
import * as texts from "./texts.tsx";

const INVALID_LINK = new Set(["INVALID_TOKEN", "TOKEN_EXPIRED", "USER_NOT_FOUND"]);
const CONFIRMED: EntryState = { notice: texts.CONFIRMED_SIGN_IN };

interface VerificationProps {
  token: string;
  /** Shown below the error if the link does not work. */
  fallback: ReactNode;
}

/**
 * Confirms the email that a token was sent to.
 *
 * It takes a click, because mail scanners open links too. It does not sign in: someone who opens another person's link
 * would end up in that person's account.
 */
export function Verification({ token, fallback }: VerificationProps) {
  const session = useSession();
  const confirming = useMutation({
    mutationFn: () => getAuth(`/verify-email?${new URLSearchParams({ token })}`),
    // It may be the signed-in user's email.
    onSuccess: () => session.refetch(),
  });
  if (confirming.isSuccess) {
    if (session.data) return <StillSignedIn heading={texts.CONFIRMED} email={session.data.user.email} />;
    return <Redirect to="/sign-in" replace state={CONFIRMED} />;
  }
  if (confirming.error instanceof ApiError && INVALID_LINK.has(confirming.error.code)) {
    return (
      <EntryPage heading={texts.LINK_INVALID}>
        <EntryText>{errorMessage(confirming.error)}</EntryText>
        {fallback}
      </EntryPage>
    );
  }
  return (
    <EntryPage heading={texts.CONFIRM_YOUR_EMAIL}>
      <EntryText>{texts.notYours()}</EntryText>
      <RequestError error={confirming.error} />
      <Button look="primary" size="large" onClick={() => confirming.mutate()} pending={confirming.isPending}>
        {texts.CONFIRM}
      </Button>
    </EntryPage>
  );
}
