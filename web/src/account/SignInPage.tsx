import { authClient, unwrapAuth } from "./auth-client.ts";
import { CredentialsForm } from "./CredentialsForm.tsx";

export function SignInPage() {
  return (
    <CredentialsForm
      heading="Welcome back"
      action="Sign in"
      submit={({ email, password }) => unwrapAuth(authClient.signIn.email({ email, password }))}
      elsewhere={{ question: "New here?", action: "Create an account", to: "/sign-up" }}
    />
  );
}
