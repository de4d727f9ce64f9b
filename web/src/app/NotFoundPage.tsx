import { PageMessage } from "../ui/PageMessage.tsx";
import { PageTitle } from "../ui/PageTitle.tsx";
import { TextLink } from "../ui/TextLink.tsx";

export function NotFoundPage() {
  return (
    <main className="h-dvh">
      <PageTitle>Not found</PageTitle>
      <PageMessage title="There is nothing here" action={<TextLink to="/">Go to your chats</TextLink>}>
        The address may be mistyped, or what was here is gone.
      </PageMessage>
    </main>
  );
}
