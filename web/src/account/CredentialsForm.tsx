import { useMutation } from "@tanstack/react-query";
import type { FormEvent, ReactNode } from "react";
import { Navigate, useLocation } from "react-router";
import { inWords } from "../api/error-words.ts";
import { queryClient } from "../app/query-client.ts";
import { Button } from "../ui/Button.tsx";
import { Logo } from "../ui/Logo.tsx";
import { FormError, TextField } from "../ui/TextField.tsx";
import { TextLink } from "../ui/TextLink.tsx";
import { destination } from "./destination.ts";
import { sessionQuery, useSession } from "./session.ts";

/** What auth-service takes; it says so itself to whoever comes another way. */
const PASSWORD_MIN_LENGTH = 8;

export interface Credentials {
  name: string;
  email: string;
  password: string;
}

interface CredentialsFormProps {
  heading: string;
  action: string;
  /** Whether an account is made, which needs a name and a new password. */
  isNew?: boolean;
  submit: (credentials: Credentials) => Promise<unknown>;
  /** The way to the other form. */
  elsewhere: { question: string; action: string; to: string };
}

/** Sign-in and sign-up. Whoever is signed in is led to where they wanted to go. */
export function CredentialsForm({ heading, action, isNew = false, submit, elsewhere }: CredentialsFormProps) {
  const session = useSession();
  const { state } = useLocation();
  const entering = useMutation({
    mutationFn: async (credentials: Credentials) => {
      await submit(credentials);
      await queryClient.fetchQuery({ ...sessionQuery, staleTime: 0 });
    },
  });

  if (session.data) return <Navigate to={destination(state, session.data.user.id)} replace />;
  return (
    <EntryPage heading={heading}>
      <form onSubmit={(event) => entering.mutate(credentialsOf(event))} className="flex flex-col gap-4">
        {isNew && <TextField label="Name" name="name" autoComplete="name" required maxLength={100} />}
        <TextField label="E-mail" name="email" type="email" autoComplete="email" required />
        <TextField
          label="Password"
          name="password"
          type="password"
          required
          {...(isNew
            ? {
                autoComplete: "new-password",
                minLength: PASSWORD_MIN_LENGTH,
                hint: `${PASSWORD_MIN_LENGTH} characters or more`,
              }
            : { autoComplete: "current-password" })}
        />
        <FormError>{entering.error ? inWords(entering.error) : undefined}</FormError>
        <Button type="submit" look="primary" className="mt-1 h-10" disabled={entering.isPending}>
          {action}
        </Button>
      </form>
      <p className="text-center text-muted text-sm">
        {elsewhere.question}{" "}
        <TextLink to={elsewhere.to} state={state}>
          {elsewhere.action}
        </TextLink>
      </p>
    </EntryPage>
  );
}

function EntryPage({ heading, children }: { heading: string; children: ReactNode }) {
  return (
    <main className="flex min-h-dvh flex-col items-center justify-center gap-8 bg-sunken px-4 py-10">
      <title>{`${heading} · Taskchat`}</title>
      <p className="flex items-center gap-2.5 font-semibold text-lg tracking-tight">
        <Logo /> Taskchat
      </p>
      <div className="flex w-full max-w-96 flex-col gap-6 rounded-2xl border border-line bg-canvas p-6 shadow-xs sm:p-8">
        <h1 className="text-center font-semibold text-xl tracking-tight">{heading}</h1>
        {children}
      </div>
      <p className="text-muted text-sm">Chat with your task list.</p>
    </main>
  );
}

function credentialsOf(event: FormEvent<HTMLFormElement>): Credentials {
  event.preventDefault();
  const fields = new FormData(event.currentTarget);
  const text = (name: string) => String(fields.get(name) ?? "");
  return { name: text("name").trim(), email: text("email").trim(), password: text("password") };
}
