import { useMutation } from "@tanstack/react-query";
import type { ReactNode } from "react";
import { TOO_MANY_EMAILS } from "../account/entry-texts.ts";
import { RequestError } from "../api/ErrorText.tsx";
import { Button } from "../ui/Button.tsx";
import { FormSuccess } from "../ui/FormMessage.tsx";
import { BackToSignIn } from "./BackToSignIn.tsx";
import { EntryPage } from "./EntryPage.tsx";
import * as texts from "./texts.tsx";

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
        <RequestError error={sending.error} tooMany={TOO_MANY_EMAILS} />
        <FormSuccess>{sending.isSuccess ? texts.SENT_AGAIN : undefined}</FormSuccess>
        <Button size="large" onClick={() => sending.mutate()} pending={sending.isPending}>
          {texts.SEND_AGAIN}
        </Button>
      </div>
      <BackToSignIn />
    </EntryPage>
  );
}
