import { useMutation } from "@tanstack/react-query";
import type { ReactNode } from "react";
import { emailErrorMessage } from "../account/emails.ts";
import { Button } from "../ui/Button.tsx";
import { FormError, FormSuccess } from "../ui/FormMessage.tsx";
import { BackToSignIn } from "./BackToSignIn.tsx";
import { EntryPage } from "./EntryPage.tsx";

interface EmailSentProps {
  heading: string;
  children: ReactNode;
  sendAgain: () => Promise<unknown>;
}

/** Confirms that an email was sent and offers to send it again. */
export function EmailSent({ heading, children, sendAgain }: EmailSentProps) {
  const sending = useMutation({ mutationFn: sendAgain });
  return (
    <EntryPage heading={heading}>
      {children}
      <div className="flex flex-col gap-4">
        <FormError>{sending.error ? emailErrorMessage(sending.error) : undefined}</FormError>
        <FormSuccess>{sending.isSuccess ? "Sent again. Earlier links work too." : undefined}</FormSuccess>
        <Button className="h-10" onClick={() => sending.mutate()} disabled={sending.isPending}>
          Send again
        </Button>
      </div>
      <BackToSignIn />
    </EntryPage>
  );
}
