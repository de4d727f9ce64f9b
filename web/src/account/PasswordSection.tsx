import { useMutation } from "@tanstack/react-query";
import type { FormEvent } from "react";
import { authClient, unwrapAuth } from "../api/auth-client.ts";
import { accessTokens } from "../api/client.ts";
import { inWords } from "../api/error-words.ts";
import { Button, TextButton } from "../ui/Button.tsx";
import { FormError, FormSuccess } from "../ui/FormMessage.tsx";
import { type FieldValues, submitted } from "../ui/form-fields.ts";
import { TextField } from "../ui/TextField.tsx";
import { TextLink } from "../ui/TextLink.tsx";
import { useAuthConfig } from "./auth-config.ts";
import { NewPasswordField, otherErrorInWords } from "./NewPasswordField.tsx";
import { Section } from "./Section.tsx";
import { useUser } from "./session.ts";
import { useSignInMethods } from "./sign-in-methods.ts";
import { UsernameField } from "./UsernameField.tsx";

export function PasswordSection() {
  const methods = useSignInMethods();
  if (methods.isPending) return null;
  if (methods.error) {
    return (
      <Section heading="Password">
        <p role="alert" className="text-danger text-sm">
          {inWords(methods.error)} <TextButton onClick={() => void methods.refetch()}>Try again</TextButton>
        </p>
      </Section>
    );
  }
  return methods.data.hasPassword ? <ChangePassword /> : <NoPassword providers={methods.data.providers} />;
}

function ChangePassword() {
  const { email } = useUser();
  const changing = useMutation({
    mutationFn: async (values: FieldValues) => {
      const passwords = { currentPassword: values("currentPassword"), newPassword: values("newPassword") };
      await unwrapAuth(authClient.changePassword({ ...passwords, revokeOtherSessions: true }));
      accessTokens.forget(); // It names the session that this one has replaced.
    },
  });

  function onSubmit(event: FormEvent<HTMLFormElement>): void {
    const form = event.currentTarget;
    changing.mutate(submitted(event), { onSuccess: () => form.reset() });
  }

  return (
    <Section heading="Password" description="Changing your password logs you out of all other devices.">
      <form onSubmit={onSubmit} className="flex flex-col gap-4">
        <UsernameField email={email} />
        <TextField
          label="Current password"
          name="currentPassword"
          type="password"
          autoComplete="current-password"
          required
        />
        <NewPasswordField label="New password" error={changing.error} />
        <FormError>{otherErrorInWords(changing.error)}</FormError>
        <FormSuccess>
          {changing.isSuccess ? "Your password is changed. Other devices are logged out." : undefined}
        </FormSuccess>
        <Button type="submit" className="self-start" disabled={changing.isPending}>
          Change password
        </Button>
      </form>
    </Section>
  );
}

function NoPassword({ providers }: { providers: readonly string[] }) {
  const canReset = useAuthConfig().data?.password_reset;
  return (
    <Section heading="Password" description={`Your account has none: you sign in with ${providers.join(" or ")}.`}>
      {canReset && (
        <TextLink to="/forgot-password" className="self-start text-sm">
          Set one by mail
        </TextLink>
      )}
    </Section>
  );
}
