import { useMutation } from "@tanstack/react-query";
import type { FormEvent } from "react";
import { postAuth } from "../api/auth-client.ts";
import { accessTokens } from "../api/client.ts";
import { ErrorText, RequestError } from "../api/ErrorText.tsx";
import { Button, TextButton } from "../ui/Button.tsx";
import { FormSuccess } from "../ui/FormMessage.tsx";
import { type FieldValues, readForm } from "../ui/form-fields.ts";
import { Bone, Skeleton } from "../ui/Skeleton.tsx";
import { TextField } from "../ui/TextField.tsx";
import { TextLink } from "../ui/TextLink.tsx";
import { LOADING, TRY_AGAIN } from "../ui/texts.ts";
import { useAuthConfig } from "./auth-config.ts";
import { formError, NewPasswordField } from "./NewPasswordField.tsx";
import { Section } from "./Section.tsx";
import { useUser } from "./session.ts";
import { useSignInMethods } from "./sign-in-methods.ts";
import * as texts from "./texts.ts";
import { UsernameField } from "./UsernameField.tsx";

export function PasswordSection() {
  const methods = useSignInMethods();
  if (methods.isPending) {
    return (
      <Section heading={texts.PASSWORD} description={texts.CHANGE_PASSWORD_DESCRIPTION}>
        {/* Three buttons and fields with their labels, as in ChangePassword. */}
        <Skeleton label={LOADING} className="flex flex-col gap-4">
          <Bone className="h-17" />
          <Bone className="h-24" />
          <Bone className="h-9 w-40" />
        </Skeleton>
      </Section>
    );
  }
  if (methods.error) {
    return (
      <Section heading={texts.PASSWORD}>
        <p role="alert" className="text-danger text-sm">
          <ErrorText error={methods.error} />{" "}
          <TextButton onClick={() => void methods.refetch()}>{TRY_AGAIN}</TextButton>
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
      await postAuth("/change-password", { ...passwords, revokeOtherSessions: true });
      accessTokens.clear(); // It belongs to the session that was just replaced.
    },
  });

  function onSubmit(event: FormEvent<HTMLFormElement>): void {
    const form = event.currentTarget;
    changing.mutate(readForm(event), { onSuccess: () => form.reset() });
  }

  return (
    <Section heading={texts.PASSWORD} description={texts.CHANGE_PASSWORD_DESCRIPTION}>
      <form onSubmit={onSubmit} className="flex flex-col gap-4">
        <UsernameField email={email} />
        <TextField
          label={texts.CURRENT_PASSWORD}
          name="currentPassword"
          type="password"
          autoComplete="current-password"
          required
        />
        <NewPasswordField label={texts.NEW_PASSWORD} error={changing.error} />
        <RequestError error={formError(changing.error)} />
        <FormSuccess>{changing.isSuccess ? texts.PASSWORD_CHANGED : undefined}</FormSuccess>
        <Button type="submit" className="self-start" pending={changing.isPending}>
          {texts.CHANGE_PASSWORD}
        </Button>
      </form>
    </Section>
  );
}

function NoPassword({ providers }: { providers: readonly string[] }) {
  const canReset = useAuthConfig().data?.password_reset;
  return (
    <Section heading={texts.PASSWORD} description={texts.noPassword(providers)}>
      {canReset && (
        <TextLink to="/forgot-password" className="self-start text-sm">
          {texts.SET_PASSWORD_BY_EMAIL}
        </TextLink>
      )}
    </Section>
  );
}
