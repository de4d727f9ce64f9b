import { Link } from "react-router";
import { PageMessage } from "../ui/PageMessage.tsx";

export function UnknownConversation() {
  return (
    <PageMessage
      heading="h2"
      title="This conversation does not exist"
      action={
        <Link to="/" className="font-medium text-accent underline-offset-4 hover:underline">
          Start a new chat
        </Link>
      }
    >
      It may have been deleted, or the address is not complete. Your tasks are all there.
    </PageMessage>
  );
}
