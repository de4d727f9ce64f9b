import { NameField } from "../account/NameField.tsx";
import { NewPasswordField } from "../account/NewPasswordField.tsx";
import { authClient, unwrapAuth } from "../api/auth-client.ts";
import { TextField } from "../ui/TextField.tsx";
import { CredentialsForm } from "./CredentialsForm.tsx";

export function SignUpPage() {
  return (
    <CredentialsForm
      heading="Create your account"
      action="Create account"
      submit={(values) =>
        unwrapAuth(
          authClient.signUp.email({
            name: values("name").trim(),
            email: values("email").trim(),
            password: values("newPassword"),
          }),
        )
      }
      alternative={{ question: "Already have an account?", action: "Sign in", to: "/sign-in" }}
    >
      {(error) => (
        <>
          <NameField />
          <TextField label="Email" name="email" type="email" autoComplete="username" required />
          <NewPasswordField label="Password" error={error} />
        </>
      )}
    </CredentialsForm>
  );
}
