import { Button } from "../ui/Button.tsx";
import { PageMessage } from "../ui/PageMessage.tsx";
import { PageTitle } from "../ui/PageTitle.tsx";

/** Shown in place of a page that has failed because of a mistake of ours. */
export function CrashPage() {
  return (
    <main className="h-dvh">
      <PageTitle />
      <PageMessage
        urgent
        title="This page has failed"
        action={
          <Button look="primary" onClick={() => window.location.reload()}>
            Load it again
          </Button>
        }
      >
        That is our mistake. What you typed and what you sent is kept.
      </PageMessage>
    </main>
  );
}
