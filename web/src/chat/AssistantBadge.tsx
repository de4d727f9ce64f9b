import { Popover } from "@base-ui/react/popover";
import { useQuery } from "@tanstack/react-query";
import { Bot } from "lucide-react";
import { useDomain } from "../lib/domain.ts";
import { configQuery } from "./queries.ts";

/** Tells users that no language model is set up. */
export function AssistantBadge() {
  const config = useQuery(configQuery);
  const { examples } = useDomain().chat;
  if (config.data?.assistant !== "offline") return null;
  return (
    <Popover.Root>
      <Popover.Trigger className="flex h-7 shrink-0 items-center gap-1.5 rounded-full border border-line px-2.5 text-[0.8125rem] text-muted transition-colors hover:bg-hover hover:text-ink">
        <Bot aria-hidden className="size-3.5" />
        <span>
          Basic<span className="max-sm:sr-only"> assistant</span>
        </span>
      </Popover.Trigger>
      <Popover.Portal>
        <Popover.Positioner className="z-50" sideOffset={6} align="end">
          <Popover.Popup className="flex w-80 max-w-[calc(100vw-2rem)] flex-col gap-2 rounded-xl border border-line bg-canvas p-4 text-sm shadow-lg outline-none transition-opacity duration-100 data-ending-style:opacity-0 data-starting-style:opacity-0">
            <Popover.Title className="font-semibold">You're using the basic assistant</Popover.Title>
            <Popover.Description className="text-muted">
              It works without a language model, so keep your messages short and simple, like “{examples[0]}”.
            </Popover.Description>
          </Popover.Popup>
        </Popover.Positioner>
      </Popover.Portal>
    </Popover.Root>
  );
}
