import type { ReactNode } from "react";
import { Navigate } from "react-router";
import { useAuthConfig } from "../account/auth-config.ts";
import { otherErrorInWords } from "../account/NewPasswordField.tsx";
import { useSession } from "../account/session.ts";
import { Button } from "../ui/Button.tsx";
import { FormError } from "../ui/FormMessage.tsx";
import { type FieldValues, submitted } from "../ui/form-fields.ts";
import { TextLink } from "../ui/TextLink.tsx";
import { EntryPage, EntryText } from "./EntryPage.tsx";
import { destination, originOf, useEntryState } from "./entry-state.ts";
import { ProviderButtons } from "./ProviderButtons.tsx";
import { useProviderError } from "./provider-error.ts";
import { useEntering } from "./use-entering.ts";

interface CredentialsFormProps {
  heading: string;
  action: string;
  submit: (values: FieldValues) => Promise<unknown>;
  /** The fields, given the error of the last attempt. */
  children: (error: unknown) => ReactNode;
  /** The way to the other form. */
  elsewhere: { question: string; action: string; to: string };
}

/** Sign-in and sign-up. Whoever is signed in is led to where they wanted to go. */
export function CredentialsForm({ heading, action, submit, children, elsewhere }: CredentialsFormProps) {
  const session = useSession();
  const config = useAuthConfig();
  const state = useEntryState();
  const entering = useEntering(submit);
  const providerError = useProviderError();
  const providers = config.data?.providers ?? [];

  if (session.data) return <Navigate {...destination(state, session.data.user.id)} replace />;
  // What belongs on the page is known in a moment. If it is not, the form does without.
  if (config.isPending && config.failureCount === 0) return null;
  return (
    <EntryPage heading={heading} notice={state.notice}>
      <form onSubmit={(event) => entering.mutate(submitted(event))} className="flex flex-col gap-4">
        {children(entering.error)}
        <FormError>{entering.isIdle ? providerError : otherErrorInWords(entering.error)}</FormError>
        <Button type="submit" look="primary" className="mt-1 h-10" disabled={entering.isPending}>
          {action}
        </Button>
      </form>
      {providers.length > 0 && <ProviderButtons providers={providers} />}
      <EntryText>
        {elsewhere.question}{" "}
        <TextLink to={elsewhere.to} state={originOf(state)}>
          {elsewhere.action}
        </TextLink>
      </EntryText>
    </EntryPage>
  );
}
