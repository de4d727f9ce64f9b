import { useMutation } from "@tanstack/react-query";
import { Redirect } from "wouter";
import { formError, NewPasswordField } from "../account/NewPasswordField.tsx";
import { useSession } from "../account/session.ts";
import { ApiError } from "../api/api-error.ts";
import { postAuth } from "../api/auth-client.ts";
import { RequestError } from "../api/ErrorText.tsx";
import { errorMessage } from "../api/error-messages.ts";
import { Button } from "../ui/Button.tsx";
import { readForm } from "../ui/form-fields.ts";
import { TextLink } from "../ui/TextLink.tsx";
import { EntryPage, EntryText } from "./EntryPage.tsx";
import type { EntryState } from "./entry-state.ts";
import { StillSignedIn } from "./StillSignedIn.tsx";
import * as texts from "./texts.tsx";
import { useTokenFromUrl } from "./use-token-from-url.ts";

const INVALID_LINK = new Set(["INVALID_TOKEN", "USER_NOT_FOUND"]);
const DONE: EntryState = { notice: texts.PASSWORD_CHANGED_SIGN_IN };

/** Sets a new password. The link in the email leads here. */
export function ResetPasswordPage() {
  const [token] = useTokenFromUrl();
  if (token !== null) return <NewPassword key={token} token={token} />;
  return <InvalidLink heading={texts.LINK_INCOMPLETE}>{texts.OPEN_LINK_AGAIN}</InvalidLink>;
}

function NewPassword({ token }: { token: string }) {
  const session = useSession();
  const setting = useMutation({
    mutationFn: (newPassword: string) => postAuth("/reset-password", { newPassword, token }),
    // The reset may have ended the session of this browser.
    onSuccess: () => session.refetch(),
  });
  if (setting.isSuccess) {
    if (session.isError) return <PasswordChanged />;
    if (session.data) return <StillSignedIn heading={texts.PASSWORD_CHANGED} email={session.data.user.email} />;
    return <Redirect to="/sign-in" replace state={DONE} />;
  }
  if (setting.error instanceof ApiError && INVALID_LINK.has(setting.error.code)) {
    return <InvalidLink heading={texts.LINK_INVALID}>{errorMessage(setting.error)}</InvalidLink>;
  }
  return (
    <EntryPage heading={texts.SET_NEW_PASSWORD}>
      <form onSubmit={(event) => setting.mutate(readForm(event)("newPassword"))} className="flex flex-col gap-4">
        <NewPasswordField label={texts.NEW_PASSWORD} error={setting.error} />
        <RequestError error={formError(setting.error)} />
        <Button type="submit" look="primary" size="large" className="mt-1" pending={setting.isPending}>
          {texts.SET_PASSWORD}
        </Button>
      </form>
      <EntryText>{texts.WILL_SIGN_OUT}</EntryText>
    </EntryPage>
  );
}

/** Shown when the session cannot be fetched after the change. */
function PasswordChanged() {
  return (
    <EntryPage heading={texts.PASSWORD_CHANGED}>
      <EntryText>{texts.DEVICES_SIGNED_OUT}</EntryText>
      <EntryText>
        <TextLink to="/">{texts.continueToProduct()}</TextLink>
      </EntryText>
    </EntryPage>
  );
}

function InvalidLink({ heading, children }: { heading: string; children: string }) {
  return (
    <EntryPage heading={heading}>
      <EntryText>{children}</EntryText>
      <EntryText>
        <TextLink to="/forgot-password">{texts.SEND_NEW_LINK}</TextLink>
      </EntryText>
    </EntryPage>
  );
}
