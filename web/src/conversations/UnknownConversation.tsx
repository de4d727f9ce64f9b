import { useDomain } from "../lib/domain.ts";
import { Logo } from "../ui/Logo.tsx";
import { PageMessage } from "../ui/PageMessage.tsx";
import { TextLink } from "../ui/TextLink.tsx";

export function UnknownConversation() {
  const { items } = useDomain();
  return (
    <PageMessage
      heading="h2"
      logo={<Logo />}
      title="Conversation not found"
      action={<TextLink to="/">Start a new chat</TextLink>}
    >
      It may have been deleted, or the link is incomplete. Your {items} are still there.
    </PageMessage>
  );
}
