import type { ReactNode } from "react";
import { Redirect } from "wouter";
import { useAuthConfig } from "../account/auth-config.ts";
import { formError } from "../account/NewPasswordField.tsx";
import { useSession } from "../account/session.ts";
import { RequestError } from "../api/ErrorText.tsx";
import { Button } from "../ui/Button.tsx";
import { FormError } from "../ui/FormMessage.tsx";
import { type FieldValues, readForm } from "../ui/form-fields.ts";
import { TextLink } from "../ui/TextLink.tsx";
import { EntryPage, EntryText } from "./EntryPage.tsx";
import { EntrySkeleton } from "./EntrySkeleton.tsx";
import { destination, originOf, useEntryState } from "./entry-state.ts";
import { ProviderButtons } from "./ProviderButtons.tsx";
import { useProviderError } from "./provider-error.ts";
import { useCredentialsForm } from "./use-credentials-form.ts";

interface CredentialsFormProps {
  heading: string;
  action: string;
  submit: (values: FieldValues) => Promise<unknown>;
  /** Renders the fields, given the error of the last attempt. */
  children: (error: unknown) => ReactNode;
  /** The link to the other form, if it can be used. */
  alternative: { question: string; action: string; to: string } | undefined;
}

/** The form for sign-in and sign-up. Redirects users who are signed in. */
export function CredentialsForm({ heading, action, submit, children, alternative }: CredentialsFormProps) {
  const session = useSession();
  const config = useAuthConfig();
  const state = useEntryState();
  const submission = useCredentialsForm(submit);
  const providerError = useProviderError();
  const providers = config.data?.providers ?? [];

  if (session.data) return <Redirect {...destination(state, session.data.user.id)} replace />;
  // The config usually loads at once. If it fails, show the form without it.
  if (config.isPending && config.failureCount === 0) return <EntrySkeleton />;
  return (
    <EntryPage heading={heading} notice={state.notice}>
      <form onSubmit={(event) => submission.mutate(readForm(event))} className="flex flex-col gap-4">
        {children(submission.error)}
        {submission.isIdle && <FormError>{providerError}</FormError>}
        <RequestError error={formError(submission.error)} />
        <Button type="submit" look="primary" size="large" className="mt-1" pending={submission.isPending}>
          {action}
        </Button>
      </form>
      {providers.length > 0 && <ProviderButtons providers={providers} />}
      {alternative && (
        <EntryText>
          {alternative.question}{" "}
          <TextLink to={alternative.to} state={originOf(state)}>
            {alternative.action}
          </TextLink>
        </EntryText>
      )}
    </EntryPage>
  );
}
