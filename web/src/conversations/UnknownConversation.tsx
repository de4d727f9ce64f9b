import { useEffect } from "react";
import { useDomain } from "../lib/domain.ts";
import { Logo } from "../ui/Logo.tsx";
import { PageMessage } from "../ui/PageMessage.tsx";
import { TextLink } from "../ui/TextLink.tsx";
import { moveDraftToNew } from "./drafts.ts";
import * as texts from "./texts.ts";

interface Props {
  userId: string;
  conversationId: string;
}

export function UnknownConversation({ userId, conversationId }: Props) {
  const { items } = useDomain();
  useEffect(() => moveDraftToNew(userId, conversationId), [userId, conversationId]);
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
