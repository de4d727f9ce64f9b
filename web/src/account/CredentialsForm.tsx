import { useMutation } from "@tanstack/react-query";
import type { FormEvent, ReactNode } from "react";
import { Navigate, useLocation } from "react-router";
import { inWords } from "../api/error-words.ts";
import { queryClient } from "../app/query-client.ts";
import { getSession } from "./auth-client.ts";
import { sessionQuery, useSession } from "./session.ts";

interface Credentials {
  name: string;
  email: string;
  password: string;
}

interface CredentialsFormProps {
  heading: string;
  action: string;
  asksName?: boolean;
  submit: (credentials: Credentials) => Promise<unknown>;
  elsewhere: ReactNode;
}

/** Sign-in and sign-up. Whoever is signed in is led to where they wanted to go. */
export function CredentialsForm({ heading, action, asksName = false, submit, elsewhere }: CredentialsFormProps) {
  const session = useSession();
  const { state } = useLocation();
  const entering = useMutation({
    mutationFn: async (credentials: Credentials) => {
      await submit(credentials);
      queryClient.setQueryData(sessionQuery.queryKey, await getSession());
    },
  });

  function onSubmit(event: FormEvent<HTMLFormElement>): void {
    event.preventDefault();
    const fields = new FormData(event.currentTarget);
    const text = (name: string) => String(fields.get(name) ?? "");
    entering.mutate({ name: text("name").trim(), email: text("email").trim(), password: text("password") });
  }

  if (session.data) return <Navigate to={destination(state)} replace />;
  return (
    <main>
      <h1>{heading}</h1>
      <form onSubmit={onSubmit}>
        {asksName && <Field label="Name" name="name" type="text" autoComplete="name" />}
        <Field label="E-mail" name="email" type="email" autoComplete="email" />
        <Field
          label="Password"
          name="password"
          type="password"
          autoComplete={asksName ? "new-password" : "current-password"}
        />
        {entering.error && <p role="alert">{inWords(entering.error)}</p>}
        <button type="submit" disabled={entering.isPending}>
          {action}
        </button>
      </form>
      <p>{elsewhere}</p>
    </main>
  );
}

interface FieldProps {
  label: string;
  name: string;
  type: "text" | "email" | "password";
  autoComplete: string;
}

function Field({ label, ...input }: FieldProps) {
  return (
    <label>
      {label}
      <input required {...input} />
    </label>
  );
}

/** The page that asked to sign in first. */
function destination(state: unknown): string {
  const from = (state as { from?: unknown } | null)?.from;
  return typeof from === "string" ? from : "/";
}
