import { useMutation } from "@tanstack/react-query";
import { Navigate } from "react-router";
import { NewPasswordField, otherErrorInWords } from "../account/NewPasswordField.tsx";
import { useSession } from "../account/session.ts";
import { ApiError } from "../api/api-error.ts";
import { authClient, unwrapAuth } from "../api/auth-client.ts";
import { inWords } from "../api/error-words.ts";
import { PRODUCT } from "../product.ts";
import { Button } from "../ui/Button.tsx";
import { FormError } from "../ui/FormMessage.tsx";
import { submitted } from "../ui/form-fields.ts";
import { TextLink } from "../ui/TextLink.tsx";
import { EntryPage, EntryText } from "./EntryPage.tsx";
import type { EntryState } from "./entry-state.ts";
import { StillSignedIn } from "./StillSignedIn.tsx";
import { useTokenFromAddress } from "./use-token-from-address.ts";

const LINK_IS_DEAD = new Set(["INVALID_TOKEN", "USER_NOT_FOUND"]);
const DONE: EntryState = { notice: "Your new password is set. Sign in with it; all devices were signed out." };

/** Sets a new password; the link in the mail leads here. */
export function ResetPasswordPage() {
  const [token] = useTokenFromAddress();
  if (token !== null) return <NewPassword key={token} token={token} />;
  return (
    <DeadLink heading="This link is incomplete">Open the link in the mail again, or have another one sent.</DeadLink>
  );
}

function NewPassword({ token }: { token: string }) {
  const session = useSession();
  const setting = useMutation({
    mutationFn: (newPassword: string) => unwrapAuth(authClient.resetPassword({ newPassword, token })),
    // It may have ended the session of this browser.
    onSuccess: () => session.refetch(),
  });
  if (setting.isSuccess) {
    if (session.isError) return <PasswordIsSet />;
    if (session.data) return <StillSignedIn heading="Your new password is set" email={session.data.user.email} />;
    return <Navigate to="/sign-in" replace state={DONE} />;
  }
  if (setting.error instanceof ApiError && LINK_IS_DEAD.has(setting.error.code)) {
    return <DeadLink heading="This link does not work any more">{inWords(setting.error)}</DeadLink>;
  }
  return (
    <EntryPage heading="Set a new password">
      <form onSubmit={(event) => setting.mutate(submitted(event)("newPassword"))} className="flex flex-col gap-4">
        <NewPasswordField label="New password" error={setting.error} />
        <FormError>{otherErrorInWords(setting.error)}</FormError>
        <Button type="submit" look="primary" className="mt-1 h-10" disabled={setting.isPending}>
          Set password
        </Button>
      </form>
      <EntryText>You will be signed out on all devices.</EntryText>
    </EntryPage>
  );
}

/** For when nobody knows who is signed in here now. */
function PasswordIsSet() {
  return (
    <EntryPage heading="Your new password is set">
      <EntryText>All devices of that account were signed out.</EntryText>
      <EntryText>
        <TextLink to="/">Continue to {PRODUCT.name}</TextLink>
      </EntryText>
    </EntryPage>
  );
}

function DeadLink({ heading, children }: { heading: string; children: string }) {
  return (
    <EntryPage heading={heading}>
      <EntryText>{children}</EntryText>
      <EntryText>
        <TextLink to="/forgot-password">Have another one sent</TextLink>
      </EntryText>
    </EntryPage>
  );
}
