import { useMutation } from "@tanstack/react-query";
import { emailErrorMessage } from "../account/emails.ts";
import { Button } from "../ui/Button.tsx";
import { FormError } from "../ui/FormMessage.tsx";
import { readForm } from "../ui/form-fields.ts";
import { TextField } from "../ui/TextField.tsx";

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
      <TextField label="Email" name="email" type="email" autoComplete="username" required />
      <FormError>{sending.error ? emailErrorMessage(sending.error) : undefined}</FormError>
      <Button type="submit" look="primary" className="mt-1 h-10" disabled={sending.isPending}>
        {action}
      </Button>
    </form>
  );
}
