import { useAuthConfig } from "../account/auth-config.ts";
import { authClient, unwrapAuth } from "../api/auth-client.ts";
import { TextField } from "../ui/TextField.tsx";
import { TextLink } from "../ui/TextLink.tsx";
import { CredentialsForm } from "./CredentialsForm.tsx";
import { originOf, useEntryState } from "./entry-state.ts";

export function SignInPage() {
  const origin = originOf(useEntryState());
  const canReset = useAuthConfig().data?.password_reset ?? true;
  return (
    <CredentialsForm
      heading="Welcome back"
      action="Sign in"
      submit={(values) =>
        unwrapAuth(authClient.signIn.email({ email: values("email").trim(), password: values("password") }))
      }
      alternative={{ question: "New here?", action: "Create an account", to: "/sign-up" }}
    >
      {() => (
        <>
          <TextField label="Email" name="email" type="email" autoComplete="username" required />
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
