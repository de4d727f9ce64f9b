import { Link, useLocation } from "react-router";
import { authClient, unwrapAuth } from "./auth-client.ts";
import { CredentialsForm } from "./CredentialsForm.tsx";

export function SignUpPage() {
  const { state } = useLocation();
  return (
    <CredentialsForm
      heading="Create your account"
      action="Create account"
      asksName
      submit={(credentials) => unwrapAuth(authClient.signUp.email(credentials))}
      elsewhere={
        <>
          Have an account already?{" "}
          <Link to="/sign-in" state={state} className="font-medium text-accent underline-offset-4 hover:underline">
            Sign in
          </Link>
        </>
      }
    />
  );
}
