import { useMutation } from "@tanstack/react-query";
import type { ReactNode } from "react";
import { Navigate } from "react-router";
import { useSession } from "../account/session.ts";
import { ApiError } from "../api/api-error.ts";
import { authClient, unwrapAuth } from "../api/auth-client.ts";
import { inWords } from "../api/error-words.ts";
import { PRODUCT } from "../product.ts";
import { Button } from "../ui/Button.tsx";
import { FormError } from "../ui/FormMessage.tsx";
import { EntryPage, EntryText } from "./EntryPage.tsx";
import type { EntryState } from "./entry-state.ts";
import { StillSignedIn } from "./StillSignedIn.tsx";

const LINK_IS_DEAD = new Set(["INVALID_TOKEN", "TOKEN_EXPIRED", "USER_NOT_FOUND"]);
const CONFIRMED: EntryState = { notice: "Your address is confirmed. Sign in to go on." };

interface VerificationProps {
  token: string;
  /** What to offer to those whose link does not work. */
  otherwise: ReactNode;
}

/**
 * Confirms the address that a token was sent to.
 *
 * Only by a click, because mail scanners open links too. It signs nobody in: whoever opens a link that somebody else
 * sent them would be in that one's account.
 */
export function Verification({ token, otherwise }: VerificationProps) {
  const session = useSession();
  const confirming = useMutation({
    mutationFn: () => unwrapAuth(authClient.verifyEmail({ query: { token } })),
    // It may be the address of whoever is signed in.
    onSuccess: () => session.refetch(),
  });
  if (confirming.isSuccess) {
    if (session.data) return <StillSignedIn heading="Your address is confirmed" email={session.data.user.email} />;
    return <Navigate to="/sign-in" replace state={CONFIRMED} />;
  }
  if (confirming.error instanceof ApiError && LINK_IS_DEAD.has(confirming.error.code)) {
    return (
      <EntryPage heading="This link does not work any more">
        <EntryText>{inWords(confirming.error)}</EntryText>
        {otherwise}
      </EntryPage>
    );
  }
  return (
    <EntryPage heading="Confirm your address">
      <EntryText>If you didn't sign up for {PRODUCT.name}, close this page.</EntryText>
      <FormError>{confirming.error ? inWords(confirming.error) : undefined}</FormError>
      <Button look="primary" className="h-10" onClick={() => confirming.mutate()} disabled={confirming.isPending}>
        Confirm my address
      </Button>
    </EntryPage>
  );
}
