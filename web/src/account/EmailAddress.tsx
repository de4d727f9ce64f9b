import { useMutation } from "@tanstack/react-query";
import { RequestError } from "../api/ErrorText.tsx";
import { TextButton } from "../ui/Button.tsx";
import { FormSuccess } from "../ui/FormMessage.tsx";
import { useAuthConfig } from "./auth-config.ts";
import { sendVerification } from "./emails.ts";
import { TOO_MANY_EMAILS } from "./entry-texts.ts";
import { useUser } from "./session.ts";
import * as texts from "./texts.ts";

const badge = "rounded-full px-2 py-0.5 text-[0.8125rem]";

/** The account's email and whether it is confirmed. Without email delivery, it can't be confirmed. */
export function EmailAddress() {
  const { email, emailVerified } = useUser();
  const canVerify = useAuthConfig().data?.mail === true && !emailVerified;
  const sending = useMutation({ mutationFn: () => sendVerification(email) });
  return (
    <div className="flex flex-col gap-1.5">
      <h3 className="font-medium text-sm">{texts.EMAIL}</h3>
      <p className="flex flex-wrap items-center gap-x-2.5 gap-y-1 text-sm">
        <span className="min-w-0 [overflow-wrap:anywhere]">{email}</span>
        {emailVerified && <span className={`${badge} bg-accent-soft text-accent`}>{texts.EMAIL_CONFIRMED}</span>}
        {canVerify && (
          <>
            <span className={`${badge} bg-hover text-muted`}>{texts.EMAIL_NOT_CONFIRMED}</span>
            <TextButton onClick={() => sending.mutate()} pending={sending.isPending}>
              {texts.SEND_CONFIRMATION}
            </TextButton>
          </>
        )}
      </p>
      <RequestError error={sending.error} tooMany={TOO_MANY_EMAILS} />
      <FormSuccess>{sending.isSuccess ? texts.CONFIRMATION_SENT : undefined}</FormSuccess>
    </div>
  );
}
