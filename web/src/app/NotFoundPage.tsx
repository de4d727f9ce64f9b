import { Link } from "react-router";
import { PageMessage } from "../ui/PageMessage.tsx";

export function NotFoundPage() {
  return (
    <main className="h-dvh">
      <title>Not found · Taskchat</title>
      <PageMessage
        title="There is nothing here"
        action={
          <Link to="/" className="font-medium text-accent underline-offset-4 hover:underline">
            Go to your chats
          </Link>
        }
      >
        The address may be mistyped, or what was here is gone.
      </PageMessage>
    </main>
  );
}
