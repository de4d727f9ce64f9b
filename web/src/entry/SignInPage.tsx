import { useAuthConfig } from "../account/auth-config.ts";
import { postAuth } from "../api/auth-client.ts";
import { TextField } from "../ui/TextField.tsx";
import { TextLink } from "../ui/TextLink.tsx";
import { CredentialsForm } from "./CredentialsForm.tsx";
import { NOTICE_ID } from "./EntryPage.tsx";
import { originOf, useEntryState } from "./entry-state.ts";
import * as texts from "./texts.tsx";

export function SignInPage() {
  const state = useEntryState();
  const origin = originOf(state);
  const config = useAuthConfig().data;
  const canReset = config?.password_reset ?? true;
  const canSignUp = config?.sign_up?.open ?? true; // The previous auth-service doesn't send it.
  return (
    <CredentialsForm
      heading={texts.WELCOME_BACK}
      action={texts.SIGN_IN}
      submit={(values) => postAuth("/sign-in/email", { email: values("email").trim(), password: values("password") })}
      alternative={
        canSignUp ? { question: texts.NEW_HERE, action: texts.CREATE_AN_ACCOUNT, to: "/sign-up" } : undefined
      }
    >
      {() => (
        <>
          <TextField
            label={texts.EMAIL}
            name="email"
            type="email"
            autoComplete="username"
            required
            data-autofocus
            aria-describedby={state.notice && NOTICE_ID}
          />
          <TextField label={texts.PASSWORD} name="password" type="password" autoComplete="current-password" required />
          {canReset && (
            <TextLink to="/forgot-password" state={origin} className="-mt-2 self-end text-sm">
              {texts.FORGOT_PASSWORD}
            </TextLink>
          )}
        </>
      )}
    </CredentialsForm>
  );
}
