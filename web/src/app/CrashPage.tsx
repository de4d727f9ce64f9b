import { Component, type ReactNode } from "react";
import { Button } from "../ui/Button.tsx";
import { Logo } from "../ui/Logo.tsx";
import { PageMessage } from "../ui/PageMessage.tsx";
import { PageTitle } from "../ui/PageTitle.tsx";
import * as texts from "./texts.ts";

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
        title={texts.CRASHED}
        action={
          <Button look="primary" onClick={() => window.location.reload()}>
            {texts.RELOAD}
          </Button>
        }
      >
        {texts.CRASHED_DESCRIPTION}
      </PageMessage>
    </main>
  );
}
