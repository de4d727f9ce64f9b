import { useMutation } from "@tanstack/react-query";
import type { ReactNode } from "react";
import { Redirect } from "wouter";
import { useSession } from "../account/session.ts";
import { ApiError } from "../api/api-error.ts";
import { getAuth } from "../api/auth-client.ts";
import { RequestError } from "../api/ErrorText.tsx";
import { errorMessage } from "../api/error-messages.ts";
import { PRODUCT } from "../product.ts";
import { Button } from "../ui/Button.tsx";
import { EntryPage, EntryText } from "./EntryPage.tsx";
import type { EntryState } from "./entry-state.ts";
import { StillSignedIn } from "./StillSignedIn.tsx";

const INVALID_LINK = new Set(["INVALID_TOKEN", "TOKEN_EXPIRED", "USER_NOT_FOUND"]);
const CONFIRMED: EntryState = { notice: "Email confirmed. Sign in to continue." };

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
    if (session.data) return <StillSignedIn heading="Email confirmed" email={session.data.user.email} />;
    return <Redirect to="/sign-in" replace state={CONFIRMED} />;
  }
  if (confirming.error instanceof ApiError && INVALID_LINK.has(confirming.error.code)) {
    return (
      <EntryPage heading="This link no longer works">
        <EntryText>{errorMessage(confirming.error)}</EntryText>
        {fallback}
      </EntryPage>
    );
  }
  return (
    <EntryPage heading="Confirm your email">
      <EntryText>If you didn't sign up for {PRODUCT.name}, close this page.</EntryText>
      <RequestError error={confirming.error} />
      <Button look="primary" size="large" onClick={() => confirming.mutate()} pending={confirming.isPending}>
        Confirm email
      </Button>
    </EntryPage>
  );
}
