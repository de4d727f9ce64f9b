import { Autocomplete } from "@base-ui/react/autocomplete";
import { Dialog } from "@base-ui/react/dialog";
import type { ListedConversation } from "@taskchat/shared-schema/api";
import {
  Keyboard,
  type LucideIcon,
  MessageSquare,
  Monitor,
  Moon,
  Search,
  SquarePen,
  Sun,
  UserRound,
} from "lucide-react";
import { useRef, useState } from "react";
import { navigate } from "wouter/use-browser-location";
import { backTo } from "../account/back.ts";
import { KEYBOARD_SHORTCUTS, YOUR_ACCOUNT } from "../account/texts.ts";
import { errorMessage } from "../api/error-messages.ts";
import { foundMessage } from "../conversations/found-message.ts";
import { Snippet } from "../conversations/Snippet.tsx";
import { NEW_CHAT } from "../conversations/texts.ts";
import { useConversations } from "../conversations/use-conversations.ts";
import { useDomain } from "../lib/domain.ts";
import { BACKDROP } from "../ui/Modal.tsx";
import { setTheme, useTheme } from "../ui/theme.ts";
import { useDebounced } from "../ui/use-debounced.ts";
import * as texts from "./texts.ts";

interface PaletteProps {
  onClose: () => void;
  /** Shows the domain's panel, and returns the field in it to focus, unless the panel takes the focus itself. */
  onShowPanel: () => HTMLElement | undefined;
  onShowShortcuts: () => void;
}

interface Command {
  readonly id: string;
  readonly label: string;
  readonly Icon: LucideIcon;
  /** Returns where the focus goes; by default back to where it was. False: somewhere else. */
  readonly run: () => HTMLElement | false | undefined;
  readonly conversation?: ListedConversation;
}

interface Group {
  readonly label: string;
  readonly items: readonly Command[];
}

/** So many conversations are offered. */
const CONVERSATIONS_AT_MOST = 8;

/** Searches conversations and runs commands, by keyboard. */
export function Palette({ onClose, onShowPanel, onShowShortcuts }: PaletteProps) {
  const [isOpen, setIsOpen] = useState(true);
  const [typed, setTyped] = useState("");
  const commands = useCommands({ onShowPanel, onShowShortcuts });
  const { conversations, isSearching, error } = useFoundConversations(typed);
  const focus = useRef<HTMLElement | false>(undefined);

  const wanted = typed.trim().toLowerCase();
  const groups: Group[] = [
    { label: texts.COMMANDS, items: commands.filter(({ label }) => label.toLowerCase().includes(wanted)) },
    { label: wanted ? texts.CONVERSATIONS : texts.RECENT_CONVERSATIONS, items: conversations },
  ].filter(({ items }) => items.length > 0);
  if (wanted) groups.reverse();

  function run(command: Command): void {
    focus.current = command.run();
    setIsOpen(false);
  }

  return (
    <Dialog.Root open={isOpen} onOpenChange={setIsOpen} onOpenChangeComplete={(open) => open || onClose()}>
      <Dialog.Portal>
        <Dialog.Backdrop className={BACKDROP} />
        <Dialog.Popup
          aria-label={texts.SEARCH_AND_COMMANDS}
          finalFocus={() => focus.current ?? true}
          className="fixed top-[12dvh] left-1/2 z-50 flex max-h-[70dvh] w-[36rem] max-w-[calc(100vw-2rem)] -translate-x-1/2 flex-col overflow-hidden rounded-2xl border border-line bg-canvas shadow-xl outline-none transition-opacity duration-150 data-ending-style:opacity-0 data-starting-style:opacity-0"
        >
          <Autocomplete.Root
            open
            inline
            items={groups}
            filter={null}
            value={typed}
            onValueChange={(value, { reason }) => reason === "item-press" || setTyped(value)}
            itemToStringValue={(command: Command) => command.label}
            autoHighlight="always"
            keepHighlight
          >
            <div className="relative shrink-0 border-line border-b">
              <Search aria-hidden className="pointer-events-none absolute top-4 left-4 size-4 text-muted" />
              <Autocomplete.Input
                aria-label={texts.SEARCH_FIELD}
                placeholder={texts.SEARCH_FIELD}
                dir="auto"
                maxLength={200}
                className="h-12 w-full bg-transparent pr-4 pl-11 outline-none placeholder:text-muted"
              />
            </div>
            <div className="scroller min-h-0 flex-1 p-2">
              <Autocomplete.Status className="px-3 text-muted text-sm not-empty:py-2">
                {error
                  ? errorMessage(error)
                  : groups.length === 0
                    ? isSearching
                      ? texts.SEARCHING
                      : texts.NOTHING_FOUND
                    : ""}
              </Autocomplete.Status>
              <Autocomplete.List className="outline-none">
                {(group: Group) => (
                  <Autocomplete.Group key={group.label} items={group.items} className="not-first:mt-2">
                    <Autocomplete.GroupLabel className="px-3 py-1 font-medium text-[0.8125rem] text-muted">
                      {group.label}
                    </Autocomplete.GroupLabel>
                    <Autocomplete.Collection>
                      {(command: Command) => <Row key={command.id} command={command} onRun={() => run(command)} />}
                    </Autocomplete.Collection>
                  </Autocomplete.Group>
                )}
              </Autocomplete.List>
            </div>
          </Autocomplete.Root>
        </Dialog.Popup>
      </Dialog.Portal>
    </Dialog.Root>
  );
}

function Row({ command, onRun }: { command: Command; onRun: () => void }) {
  const { label, Icon, conversation } = command;
  return (
    <Autocomplete.Item
      value={command}
      onClick={onRun}
      className="flex cursor-pointer select-none items-start gap-3 rounded-lg px-3 py-2 text-sm outline-none data-highlighted:bg-hover forced-colors:data-highlighted:outline-2 forced-colors:data-highlighted:outline-solid forced-colors:data-highlighted:-outline-offset-2"
    >
      <Icon aria-hidden className="mt-0.5 size-4 shrink-0 text-muted" />
      <span className="min-w-0 flex-1">
        <span dir="auto" className="block truncate">
          {label}
        </span>
        {conversation?.snippet && <Snippet parts={conversation.snippet} />}
      </span>
    </Autocomplete.Item>
  );
}

function useCommands({ onShowPanel, onShowShortcuts }: Omit<PaletteProps, "onClose">): readonly Command[] {
  const { panel } = useDomain();
  const theme = useTheme();
  const themes = [
    { value: "system", label: texts.USE_SYSTEM_THEME, Icon: Monitor },
    { value: "light", label: texts.USE_LIGHT_THEME, Icon: Sun },
    { value: "dark", label: texts.USE_DARK_THEME, Icon: Moon },
  ] as const;
  const go = (path: string) => () => void navigate(path);
  return [
    { id: "new", label: NEW_CHAT, Icon: SquarePen, run: go("/") },
    { id: "panel", label: panel.showLabel, Icon: panel.Icon, run: () => onShowPanel() ?? false },
    {
      id: "account",
      label: YOUR_ACCOUNT,
      Icon: UserRound,
      run: () => void navigate("/account", { state: backTo() }),
    },
    ...themes
      .filter(({ value }) => value !== theme)
      .map(({ value, label, Icon }) => ({ id: value, label, Icon, run: () => void setTheme(value) })),
    {
      id: "shortcuts",
      label: KEYBOARD_SHORTCUTS,
      Icon: Keyboard,
      run: () => {
        onShowShortcuts();
        return false;
      },
    },
  ];
}

/** The conversations that a text finds; the newest ones without a text. None until they are known: Enter may be typed ahead. */
function useFoundConversations(typed: string) {
  const text = useDebounced(typed.trim());
  const isWaiting = text !== typed.trim();
  const { listed, conversations } = useConversations(text);
  const isAnswered = !isWaiting && !listed.isPlaceholderData;
  const found = isAnswered ? conversations.slice(0, CONVERSATIONS_AT_MOST) : [];
  return {
    conversations: found.map((conversation): Command => {
      const { id, title } = conversation;
      const run = () => void navigate(`/c/${id}`, { state: foundMessage(conversation) });
      return { id, label: title, Icon: MessageSquare, conversation, run };
    }),
    isSearching: listed.isFetching || isWaiting,
    error: listed.error,
  };
}
