import { ListTodo, PanelLeft } from "lucide-react";
import { useEffect, useState } from "react";
import { Outlet, useLocation, useMatch } from "react-router";
import { useUser } from "../account/session.ts";
import { AssistantBadge } from "../chat/AssistantBadge.tsx";
import { ConversationsPanel } from "../conversations/ConversationsPanel.tsx";
import { useConversationTitle } from "../conversations/use-conversation-title.ts";
import { TaskPanel } from "../tasks/TaskPanel.tsx";
import { IconButton } from "../ui/Button.tsx";
import { SidePanel } from "../ui/SidePanel.tsx";
import { useMediaQuery } from "../ui/use-media-query.ts";

const ROOM_FOR_TASKS = "(min-width: 60rem)";
const ROOM_FOR_ALL = "(min-width: 78rem)";

/** The page of somebody who is signed in: conversations, the chat, tasks. */
export function Workspace() {
  const user = useUser();
  const title = useConversationTitle(user.id, useMatch("/c/:conversationId")?.params.conversationId);
  const docksTasks = useMediaQuery(ROOM_FOR_TASKS);
  const docksConversations = useMediaQuery(ROOM_FOR_ALL);
  const [drawer, setDrawer] = useDrawer();
  return (
    <div className="flex h-dvh overflow-hidden">
      <title>{`${title} · Taskchat`}</title>
      <SidePanel
        label="Conversations"
        side="left"
        docked={docksConversations}
        open={drawer === "conversations"}
        onClose={() => setDrawer(undefined)}
      >
        <ConversationsPanel />
      </SidePanel>
      <div className="flex min-w-0 flex-1 flex-col">
        <header className="flex h-14 shrink-0 items-center gap-2 border-line border-b px-3 sm:px-4">
          {!docksConversations && (
            <IconButton label="Show conversations" onClick={() => setDrawer("conversations")}>
              <PanelLeft aria-hidden />
            </IconButton>
          )}
          <h1 className="min-w-0 flex-1 truncate px-1 font-semibold text-[0.9375rem]" title={title}>
            {title}
          </h1>
          <AssistantBadge />
          {!docksTasks && (
            <IconButton label="Show tasks" onClick={() => setDrawer("tasks")}>
              <ListTodo aria-hidden />
            </IconButton>
          )}
        </header>
        <main className="flex min-h-0 flex-1 flex-col">
          <Outlet />
        </main>
      </div>
      <SidePanel
        label="Tasks"
        side="right"
        docked={docksTasks}
        open={drawer === "tasks"}
        onClose={() => setDrawer(undefined)}
      >
        <TaskPanel />
      </SidePanel>
    </div>
  );
}

/** Which drawer is open. Going to another page closes it. */
function useDrawer() {
  const [drawer, setDrawer] = useState<"conversations" | "tasks">();
  const { key } = useLocation();
  // biome-ignore lint/correctness/useExhaustiveDependencies: another key is another page.
  useEffect(() => setDrawer(undefined), [key]);
  return [drawer, setDrawer] as const;
}
