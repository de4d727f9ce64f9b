import { Logo } from "../ui/Logo.tsx";
import { PageMessage } from "../ui/PageMessage.tsx";
import { PageTitle } from "../ui/PageTitle.tsx";
import { TextLink } from "../ui/TextLink.tsx";
import * as texts from "./texts.ts";

export function NotFoundPage() {
  return (
    <main className="h-dvh">
      <PageTitle>{texts.PAGE_NOT_FOUND}</PageTitle>
      <PageMessage
        logo={<Logo />}
        title={texts.PAGE_NOT_FOUND}
        action={<TextLink to="/">{texts.GO_TO_CHATS}</TextLink>}
      >
        {texts.PAGE_NOT_FOUND_DESCRIPTION}
      </PageMessage>
    </main>
  );
}
