import { PanelLeft, SquarePen } from "lucide-react";
import { lazy, type ReactNode, Suspense, useState } from "react";
import { Link, useParams } from "wouter";
import { navigate } from "wouter/use-browser-location";
import { useUser } from "../account/session.ts";
import { AssistantBadge } from "../chat/AssistantBadge.tsx";
import { usePendingConversations } from "../chat/pending-conversations.ts";
import { ConversationsPanel } from "../conversations/ConversationsPanel.tsx";
import { NEW_CHAT } from "../conversations/texts.ts";
import { useConversationTitle } from "../conversations/use-conversation-title.ts";
import { useDomain } from "../lib/domain.ts";
import { useDrawer } from "../lib/drawer.ts";
import { ICON_BUTTON, IconButton } from "../ui/Button.tsx";
import { PageTitle } from "../ui/PageTitle.tsx";
import { SidePanel } from "../ui/SidePanel.tsx";
import { toastError } from "../ui/toasts.tsx";
import { useMediaQuery } from "../ui/use-media-query.ts";
import { ConnectionBanner } from "./ConnectionBanner.tsx";
import { ShortcutsDialog } from "./ShortcutsDialog.tsx";
import * as texts from "./texts.ts";
import { useShortcuts } from "./use-shortcuts.ts";

const loadPalette = () => import("./Palette.tsx");
const Palette = lazy(async () => ({ default: (await loadPalette()).Palette }));

/** As --breakpoint-panel-docked in ui/styles.css. */
const FITS_RIGHT_PANEL = "(min-width: 60rem)";
const FITS_BOTH_PANELS = "(min-width: 78rem)";

/** The frame around the chat: conversations on the left, the domain's panel on the right. */
export function Workspace({ children }: { children: ReactNode }) {
  const user = useUser();
  const { panel } = useDomain();
  const pending = usePendingConversations(user.id);
  const { conversationId } = useParams();
  const storedTitle = useConversationTitle(user.id, conversationId);
  const title = pending.find(({ id }) => id === conversationId)?.title ?? storedTitle;
  const docksRight = useMediaQuery(FITS_RIGHT_PANEL);
  const docksLeft = useMediaQuery(FITS_BOTH_PANELS);
  const [drawer, openDrawer, closeDrawer] = useDrawer();
  const [dialog, setDialog] = useState<"palette" | "shortcuts">();
  const closeDialog = () => setDialog(undefined);
  const showShortcuts = () => setDialog("shortcuts");
  useShortcuts({ newChat: () => navigate("/"), openPalette: () => void openPalette(), showShortcuts });

  async function openPalette(): Promise<void> {
    try {
      await loadPalette();
      setDialog("palette");
    } catch {
      toastError(texts.SEARCH_LOADING_FAILED);
    }
  }

  function showPanel(): HTMLElement | undefined {
    if (!docksRight) {
      openDrawer("right");
      return undefined;
    }
    return document.querySelector<HTMLElement>("#panel-right :is(input:not([type]), textarea)") ?? undefined;
  }

  return (
    <div className="flex h-dvh overflow-hidden">
      <PageTitle>{title}</PageTitle>
      <SidePanel
        label={texts.CONVERSATIONS}
        side="left"
        docked={docksLeft}
        open={drawer === "left"}
        onClose={closeDrawer}
      >
        <ConversationsPanel pending={pending} onShowShortcuts={showShortcuts} />
      </SidePanel>
      <div className="flex min-w-0 flex-1 flex-col">
        <header className="flex h-14 shrink-0 items-center gap-2 border-line border-b px-3 sm:px-4">
          {!docksLeft && (
            <IconButton label={texts.SHOW_CONVERSATIONS} onClick={() => openDrawer("left")}>
              <PanelLeft aria-hidden />
            </IconButton>
          )}
          <h1 dir="auto" className="min-w-0 flex-1 truncate px-1 font-semibold text-[0.9375rem]" title={title}>
            {title}
          </h1>
          <AssistantBadge />
          {!docksLeft && conversationId !== undefined && (
            <Link to="/" aria-label={NEW_CHAT} title={NEW_CHAT} className={`${ICON_BUTTON} size-9`}>
              <SquarePen aria-hidden />
            </Link>
          )}
          {!docksRight && (
            <IconButton label={panel.showLabel} onClick={() => openDrawer("right")}>
              <panel.Icon aria-hidden />
            </IconButton>
          )}
        </header>
        <ConnectionBanner />
        <main className="flex min-h-0 flex-1 flex-col">{children}</main>
      </div>
      <SidePanel label={panel.title} side="right" docked={docksRight} open={drawer === "right"} onClose={closeDrawer}>
        <panel.Content />
      </SidePanel>
      {dialog === "palette" && (
        <Suspense>
          <Palette
            onClose={() => setDialog((shown) => (shown === "palette" ? undefined : shown))}
            onShowPanel={showPanel}
            onShowShortcuts={showShortcuts}
          />
        </Suspense>
      )}
      <ShortcutsDialog open={dialog === "shortcuts"} onClose={closeDialog} />
    </div>
  );
}
