import { authClient, unwrapAuth } from "./auth-client.ts";
import { CredentialsForm } from "./CredentialsForm.tsx";

export function SignUpPage() {
  return (
    <CredentialsForm
      heading="Create your account"
      action="Create account"
      isNew
      submit={(credentials) => unwrapAuth(authClient.signUp.email(credentials))}
      elsewhere={{ question: "Have an account already?", action: "Sign in", to: "/sign-in" }}
    />
  );
}
