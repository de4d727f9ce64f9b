import { useMutation } from "@tanstack/react-query";
import { TOO_MANY_EMAILS } from "../account/entry-texts.ts";
import { RequestError } from "../api/ErrorText.tsx";
import { Button } from "../ui/Button.tsx";
import { readForm } from "../ui/form-fields.ts";
import { TextField } from "../ui/TextField.tsx";
import * as texts from "./texts.tsx";

interface EmailFormProps {
  action: string;
  send: (email: string) => Promise<unknown>;
  onSent: (email: string) => void;
}

/** Asks for the email to send a link to. */
export function EmailForm({ action, send, onSent }: EmailFormProps) {
  const sending = useMutation({ mutationFn: send, onSuccess: (_, email) => onSent(email) });
  return (
    <form onSubmit={(event) => sending.mutate(readForm(event)("email").trim())} className="flex flex-col gap-4">
      <TextField label={texts.EMAIL} name="email" type="email" autoComplete="username" required />
      <RequestError error={sending.error} tooMany={TOO_MANY_EMAILS} />
      <Button type="submit" look="primary" size="large" className="mt-1" pending={sending.isPending}>
        {action}
      </Button>
    </form>
  );
}
