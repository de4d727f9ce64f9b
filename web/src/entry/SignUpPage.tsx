import { useAuthConfig } from "../account/auth-config.ts";
import { NameField } from "../account/NameField.tsx";
import { NewPasswordField } from "../account/NewPasswordField.tsx";
import { postAuth } from "../api/auth-client.ts";
import { TextField } from "../ui/TextField.tsx";
import { BackToSignIn } from "./BackToSignIn.tsx";
import { CredentialsForm } from "./CredentialsForm.tsx";
import { EntryPage, EntryText } from "./EntryPage.tsx";

const ANY_OF = new Intl.ListFormat("en", { type: "disjunction" });

export function SignUpPage() {
  const rules = useAuthConfig().data?.sign_up;
  if (rules?.open === false) {
    return (
      <EntryPage heading="Sign-up is closed">
        <EntryText>New accounts can't be created here. If you need one, ask your administrator.</EntryText>
        <BackToSignIn />
      </EntryPage>
    );
  }
  const domains = rules?.email_domains ?? [];
  return (
    <CredentialsForm
      heading="Create your account"
      action="Create account"
      submit={(values) =>
        postAuth("/sign-up/email", {
          name: values("name").trim(),
          email: values("email").trim(),
          password: values("newPassword"),
        })
      }
      alternative={{ question: "Already have an account?", action: "Sign in", to: "/sign-in" }}
    >
      {(error) => (
        <>
          <NameField />
          <TextField
            label="Email"
            name="email"
            type="email"
            autoComplete="username"
            required
            {...(domains.length > 0 && { hint: `Use an email at ${ANY_OF.format(domains)}` })}
          />
          <NewPasswordField label="Password" error={error} />
        </>
      )}
    </CredentialsForm>
  );
}
