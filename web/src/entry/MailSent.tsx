import { useMutation } from "@tanstack/react-query";
import type { ReactNode } from "react";
import { mailErrorInWords } from "../account/mails.ts";
import { Button } from "../ui/Button.tsx";
import { FormError, FormSuccess } from "../ui/FormMessage.tsx";
import { TextLink } from "../ui/TextLink.tsx";
import { EntryPage, EntryText } from "./EntryPage.tsx";
import { originOf, useEntryState } from "./entry-state.ts";

interface MailSentProps {
  heading: string;
  children: ReactNode;
  sendAgain: () => Promise<unknown>;
}

/** The page after a mail was sent: where it is, how to get another one, the way back. */
export function MailSent({ heading, children, sendAgain }: MailSentProps) {
  const origin = originOf(useEntryState());
  const sending = useMutation({ mutationFn: sendAgain });
  return (
    <EntryPage heading={heading}>
      {children}
      <div className="flex flex-col gap-4">
        <FormError>{sending.error ? mailErrorInWords(sending.error) : undefined}</FormError>
        <FormSuccess>
          {sending.isSuccess
            ? "Asked for once more. If no other mail comes, use the link in an earlier one: it works too."
            : undefined}
        </FormSuccess>
        <Button className="h-10" onClick={() => sending.mutate()} disabled={sending.isPending}>
          Send it again
        </Button>
      </div>
      <EntryText>
        <TextLink to="/sign-in" state={origin}>
          Back to sign-in
        </TextLink>
      </EntryText>
    </EntryPage>
  );
}
