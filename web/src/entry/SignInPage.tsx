import { useAuthConfig } from "../account/auth-config.ts";
import { postAuth } from "../api/auth-client.ts";
import { TextField } from "../ui/TextField.tsx";
import { TextLink } from "../ui/TextLink.tsx";
import { CredentialsForm } from "./CredentialsForm.tsx";
import { NOTICE_ID } from "./EntryPage.tsx";
import { originOf, useEntryState } from "./entry-state.ts";

export function SignInPage() {
  const state = useEntryState();
  const origin = originOf(state);
  const config = useAuthConfig().data;
  const canReset = config?.password_reset ?? true;
  const canSignUp = config?.sign_up?.open ?? true; // The previous auth-service doesn't send it.
  return (
    <CredentialsForm
      heading="Welcome back"
      action="Sign in"
      submit={(values) => postAuth("/sign-in/email", { email: values("email").trim(), password: values("password") })}
      alternative={canSignUp ? { question: "New here?", action: "Create an account", to: "/sign-up" } : undefined}
    >
      {() => (
        <>
          <TextField
            label="Email"
            name="email"
            type="email"
            autoComplete="username"
            required
            data-autofocus
            aria-describedby={state.notice && NOTICE_ID}
          />
          <TextField label="Password" name="password" type="password" autoComplete="current-password" required />
          {canReset && (
            <TextLink to="/forgot-password" state={origin} className="-mt-2 self-end text-sm">
              Forgot your password?
            </TextLink>
          )}
        </>
      )}
    </CredentialsForm>
  );
}
