import { Logo } from "../ui/Logo.tsx";
import { PageMessage } from "../ui/PageMessage.tsx";
import { PageTitle } from "../ui/PageTitle.tsx";
import { TextLink } from "../ui/TextLink.tsx";

export function NotFoundPage() {
  return (
    <main className="h-dvh">
      <PageTitle>Page not found</PageTitle>
      <PageMessage logo={<Logo />} title="Page not found" action={<TextLink to="/">Go to your chats</TextLink>}>
        The link may be wrong or the page may have been removed.
      </PageMessage>
    </main>
  );
}
