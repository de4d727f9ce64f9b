import { Link, useLocation } from "react-router";
import { authClient, unwrapAuth } from "./auth-client.ts";
import { CredentialsForm } from "./CredentialsForm.tsx";

export function SignInPage() {
  const { state } = useLocation();
  return (
    <CredentialsForm
      heading="Welcome back"
      action="Sign in"
      submit={({ email, password }) => unwrapAuth(authClient.signIn.email({ email, password }))}
      elsewhere={
        <>
          New here?{" "}
          <Link to="/sign-up" state={state} className="font-medium text-accent underline-offset-4 hover:underline">
            Create an account
          </Link>
        </>
      }
    />
  );
}
