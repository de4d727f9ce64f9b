import { useEffect } from "react";
import { useParams } from "wouter";
import { useUser } from "../account/session.ts";
import { useDomain } from "../lib/domain.ts";
import { Logo } from "../ui/Logo.tsx";
import { PageMessage } from "../ui/PageMessage.tsx";
import { TextLink } from "../ui/TextLink.tsx";
import { moveDraftToNew } from "./drafts.ts";
import * as texts from "./texts.ts";

export function UnknownConversation() {
  const { items } = useDomain();
  const user = useUser();
  const { conversationId } = useParams();
  useEffect(() => {
    if (conversationId) moveDraftToNew(user.id, conversationId);
  }, [user.id, conversationId]);
  return (
    <PageMessage
      heading="h2"
      logo={<Logo />}
      title={texts.NOT_FOUND}
      action={<TextLink to="/">{texts.START_NEW_CHAT}</TextLink>}
    >
      {texts.notFoundDescription(items)}
    </PageMessage>
  );
}
