import { PageMessage } from "../ui/PageMessage.tsx";
import { TextLink } from "../ui/TextLink.tsx";

export function UnknownConversation() {
  return (
    <PageMessage
      heading="h2"
      title="This conversation does not exist"
      action={<TextLink to="/">Start a new chat</TextLink>}
    >
      It may have been deleted, or the address is not complete. Your tasks are all there.
    </PageMessage>
  );
}
