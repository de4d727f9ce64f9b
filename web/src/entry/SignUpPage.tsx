import { useAuthConfig } from "../account/auth-config.ts";
import { NameField } from "../account/NameField.tsx";
import { NewPasswordField } from "../account/NewPasswordField.tsx";
import { postAuth } from "../api/auth-client.ts";
import { TextField } from "../ui/TextField.tsx";
import { BackToSignIn } from "./BackToSignIn.tsx";
import { CredentialsForm } from "./CredentialsForm.tsx";
import { EntryPage, EntryText } from "./EntryPage.tsx";
import * as texts from "./texts.tsx";

export function SignUpPage() {
  const rules = useAuthConfig().data?.sign_up;
  if (rules?.open === false) {
    return (
      <EntryPage heading={texts.SIGN_UP_CLOSED}>
        <EntryText>{texts.SIGN_UP_CLOSED_DESCRIPTION}</EntryText>
        <BackToSignIn />
      </EntryPage>
    );
  }
  const domains = rules?.email_domains ?? [];
  return (
    <CredentialsForm
      heading={texts.CREATE_YOUR_ACCOUNT}
      action={texts.CREATE_ACCOUNT}
      submit={(values) =>
        postAuth("/sign-up/email", {
          name: values("name").trim(),
          email: values("email").trim(),
          password: values("newPassword"),
        })
      }
      alternative={{ question: texts.ALREADY_HAVE_ACCOUNT, action: texts.SIGN_IN, to: "/sign-in" }}
    >
      {(error) => (
        <>
          <NameField />
          <TextField
            label={texts.EMAIL}
            name="email"
            type="email"
            autoComplete="username"
            required
            {...(domains.length > 0 && { hint: texts.emailDomains(domains) })}
          />
          <NewPasswordField label={texts.PASSWORD} error={error} />
        </>
      )}
    </CredentialsForm>
  );
}
