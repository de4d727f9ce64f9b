import { useQuery } from "@tanstack/react-query";
import type { ReactNode } from "react";
import { Navigate } from "react-router";
import { authClient, unwrapAuth } from "../account/auth-client.ts";
import { refreshSession } from "../account/session.ts";
import { ApiError } from "../api/api-error.ts";
import { inWords } from "../api/error-words.ts";
import { Button } from "../ui/Button.tsx";
import { FormError } from "../ui/FormMessage.tsx";
import { EntryPage, EntryText } from "./EntryPage.tsx";
import type { EntryState } from "./entry-state.ts";

const LINK_IS_DEAD = new Set(["INVALID_TOKEN", "TOKEN_EXPIRED", "USER_NOT_FOUND"]);
/** An address is verified once. Whoever comes again has to sign in. */
const VERIFIED_BEFORE: EntryState = { notice: "Your e-mail address is verified. Sign in to begin." };

interface VerificationProps {
  token: string;
  /** What to offer to those whose link does not work. */
  otherwise: ReactNode;
}

/** Verifies the address that a token was sent to, and leads on. */
export function Verification({ token, otherwise }: VerificationProps) {
  const verifying = useQuery({ queryKey: ["verify-email", token], queryFn: () => verify(token), staleTime: "static" });
  if (verifying.isPending) {
    return (
      <EntryPage heading="One moment">
        <EntryText>Your e-mail address is being verified.</EntryText>
      </EntryPage>
    );
  }
  if (verifying.isSuccess) {
    if (verifying.data) return <Navigate to="/" replace />;
    return <Navigate to="/sign-in" replace state={VERIFIED_BEFORE} />;
  }
  if (verifying.error instanceof ApiError && LINK_IS_DEAD.has(verifying.error.code)) {
    return (
      <EntryPage heading="This link does not work any more">
        <EntryText>{inWords(verifying.error)}</EntryText>
        {otherwise}
      </EntryPage>
    );
  }
  return (
    <EntryPage heading="Your e-mail address is not verified yet">
      <FormError>{inWords(verifying.error)}</FormError>
      <Button className="h-10" onClick={() => void verifying.refetch()} disabled={verifying.isFetching}>
        Try again
      </Button>
    </EntryPage>
  );
}

/** @returns whether somebody is signed in now. */
async function verify(token: string): Promise<boolean> {
  await unwrapAuth(authClient.verifyEmail({ query: { token } }));
  return (await refreshSession()) !== null;
}
