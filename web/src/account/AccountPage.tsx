import { ArrowLeft } from "lucide-react";
import { useEffect, useRef } from "react";
import { Link } from "wouter";
import { useHistoryState } from "wouter/use-browser-location";
import { PageTitle } from "../ui/PageTitle.tsx";
import { readBack } from "./back.ts";
import { DeletionSection } from "./DeletionSection.tsx";
import { ExportSection } from "./ExportSection.tsx";
import { PasswordSection } from "./PasswordSection.tsx";
import { ProfileSection } from "./ProfileSection.tsx";
import { SessionsSection } from "./SessionsSection.tsx";
import * as texts from "./texts.ts";

export function AccountPage() {
  const heading = useRef<HTMLHeadingElement>(null);
  useEffect(() => heading.current?.focus(), []);
  return (
    <div className="min-h-dvh bg-sunken">
      <PageTitle>{texts.YOUR_ACCOUNT}</PageTitle>
      <header className="flex h-14 items-center border-line border-b bg-canvas px-3 sm:px-4">
        <Link
          {...readBack(useHistoryState())}
          className="flex h-9 items-center gap-2 rounded-lg px-2 font-medium text-sm transition-colors hover:bg-hover"
        >
          <ArrowLeft aria-hidden className="size-4 text-muted" />
          {texts.BACK_TO_CHATS}
        </Link>
      </header>
      <main className="mx-auto flex max-w-2xl flex-col gap-6 px-4 py-8">
        <h1 ref={heading} tabIndex={-1} className="font-semibold text-2xl tracking-tight outline-none">
          {texts.YOUR_ACCOUNT}
        </h1>
        <ProfileSection />
        <PasswordSection />
        <SessionsSection />
        <ExportSection />
        <DeletionSection />
      </main>
    </div>
  );
}
