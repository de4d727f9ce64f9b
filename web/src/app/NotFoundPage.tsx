import { PageMessage } from "../ui/PageMessage.tsx";
import { TextLink } from "../ui/TextLink.tsx";

export function NotFoundPage() {
  return (
    <main className="h-dvh">
      <title>Not found · Taskchat</title>
      <PageMessage title="There is nothing here" action={<TextLink to="/">Go to your chats</TextLink>}>
        The address may be mistyped, or what was here is gone.
      </PageMessage>
    </main>
  );
}
