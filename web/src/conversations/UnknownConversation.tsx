import { useDomain } from "../lib/domain.ts";
import { Logo } from "../ui/Logo.tsx";
import { PageMessage } from "../ui/PageMessage.tsx";
import { TextLink } from "../ui/TextLink.tsx";
import * as texts from "./texts.ts";

export function UnknownConversation() {
  const { items } = useDomain();
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
