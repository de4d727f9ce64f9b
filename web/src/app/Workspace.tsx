import { PanelLeft } from "lucide-react";
import { lazy, Suspense, useEffect, useState } from "react";
import { Outlet, useLocation, useMatch, useNavigate } from "react-router";
import { useUser } from "../account/session.ts";
import { AssistantBadge } from "../chat/AssistantBadge.tsx";
import { ConversationsPanel } from "../conversations/ConversationsPanel.tsx";
import { useConversationTitle } from "../conversations/use-conversation-title.ts";
import { useDomain } from "../lib/domain.ts";
import { IconButton } from "../ui/Button.tsx";
import { PageTitle } from "../ui/PageTitle.tsx";
import { SidePanel } from "../ui/SidePanel.tsx";
import { toastError } from "../ui/toasts.tsx";
import { useMediaQuery } from "../ui/use-media-query.ts";
import { ConnectionBanner } from "./ConnectionBanner.tsx";
import { ShortcutsDialog } from "./ShortcutsDialog.tsx";
import { useShortcuts } from "./use-shortcuts.ts";

const loadPalette = () => import("./Palette.tsx");
const Palette = lazy(async () => ({ default: (await loadPalette()).Palette }));

/** As --breakpoint-panel-docked in ui/styles.css. */
const FITS_RIGHT_PANEL = "(min-width: 60rem)";
const FITS_BOTH_PANELS = "(min-width: 78rem)";

/** The frame around the chat: conversations on the left, the domain's panel on the right. */
export function Workspace() {
  const user = useUser();
  const { panel } = useDomain();
  const title = useConversationTitle(user.id, useMatch("/c/:conversationId")?.params.conversationId);
  const docksRight = useMediaQuery(FITS_RIGHT_PANEL);
  const docksLeft = useMediaQuery(FITS_BOTH_PANELS);
  const [drawer, setDrawer] = useDrawer();
  const [dialog, setDialog] = useState<"palette" | "shortcuts">();
  const navigate = useNavigate();
  const closeDialog = () => setDialog(undefined);
  const showShortcuts = () => setDialog("shortcuts");
  useShortcuts({ newChat: () => void navigate("/"), openPalette: () => void openPalette(), showShortcuts });

  async function openPalette(): Promise<void> {
    try {
      await loadPalette();
      setDialog("palette");
    } catch {
      toastError("Couldn't load the search. Check your connection and try again.");
    }
  }

  function showPanel(): HTMLElement | undefined {
    if (!docksRight) {
      setDrawer("right");
      return undefined;
    }
    return document.querySelector<HTMLElement>("#panel-right :is(input, textarea, button)") ?? undefined;
  }

  return (
    <div className="flex h-dvh overflow-hidden">
      <PageTitle>{title}</PageTitle>
      <SidePanel
        label="Conversations"
        side="left"
        docked={docksLeft}
        open={drawer === "left"}
        onClose={() => setDrawer(undefined)}
      >
        <ConversationsPanel onShowShortcuts={showShortcuts} />
      </SidePanel>
      <div className="flex min-w-0 flex-1 flex-col">
        <header className="flex h-14 shrink-0 items-center gap-2 border-line border-b px-3 sm:px-4">
          {!docksLeft && (
            <IconButton label="Show conversations" onClick={() => setDrawer("left")}>
              <PanelLeft aria-hidden />
            </IconButton>
          )}
          <h1 dir="auto" className="min-w-0 flex-1 truncate px-1 font-semibold text-[0.9375rem]" title={title}>
            {title}
          </h1>
          <AssistantBadge />
          {!docksRight && (
            <IconButton label={`Show ${panel.title.toLowerCase()}`} onClick={() => setDrawer("right")}>
              <panel.Icon aria-hidden />
            </IconButton>
          )}
        </header>
        <ConnectionBanner />
        <main className="flex min-h-0 flex-1 flex-col">
          <Outlet />
        </main>
      </div>
      <SidePanel
        label={panel.title}
        side="right"
        docked={docksRight}
        open={drawer === "right"}
        onClose={() => setDrawer(undefined)}
      >
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

/** Which drawer is open. Navigating closes it. */
function useDrawer() {
  const [drawer, setDrawer] = useState<"left" | "right">();
  const { key } = useLocation();
  // biome-ignore lint/correctness/useExhaustiveDependencies: a new key means a new page.
  useEffect(() => setDrawer(undefined), [key]);
  return [drawer, setDrawer] as const;
}
