import { Component, type ReactNode } from "react";
import { Button } from "../ui/Button.tsx";
import { Logo } from "../ui/Logo.tsx";
import { PageMessage } from "../ui/PageMessage.tsx";
import { PageTitle } from "../ui/PageTitle.tsx";

/** Replaces a page that threw an error. */
export class CrashBoundary extends Component<{ children: ReactNode }, { crashed: boolean }> {
  override state = { crashed: false };

  static getDerivedStateFromError() {
    return { crashed: true };
  }

  override render() {
    return this.state.crashed ? <CrashPage /> : this.props.children;
  }
}

function CrashPage() {
  return (
    <main className="h-dvh">
      <PageTitle />
      <PageMessage
        urgent
        logo={<Logo />}
        title="Something went wrong"
        action={
          <Button look="primary" onClick={() => window.location.reload()}>
            Reload
          </Button>
        }
      >
        That's our fault. Your messages and drafts are saved.
      </PageMessage>
    </main>
  );
}
