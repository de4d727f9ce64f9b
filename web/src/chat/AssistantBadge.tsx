import { Popover } from "@base-ui/react/popover";
import { useQuery } from "@tanstack/react-query";
import { WifiOff } from "lucide-react";
import { configQuery } from "./queries.ts";

/** Says that no language model answers, and how to get one. */
export function AssistantBadge() {
  const config = useQuery(configQuery);
  if (config.data?.assistant !== "offline") return null;
  return (
    <Popover.Root>
      <Popover.Trigger className="flex h-7 shrink-0 items-center gap-1.5 rounded-full border border-line px-2.5 text-[0.8125rem] text-muted transition-colors hover:bg-hover hover:text-ink">
        <WifiOff aria-hidden className="size-3.5" />
        <span>
          Offline<span className="max-sm:sr-only"> assistant</span>
        </span>
      </Popover.Trigger>
      <Popover.Portal>
        <Popover.Positioner className="z-50" sideOffset={6} align="end">
          <Popover.Popup className="flex w-80 max-w-[calc(100vw-2rem)] flex-col gap-2 rounded-xl border border-line bg-canvas p-4 text-sm shadow-lg outline-none transition-opacity duration-100 data-ending-style:opacity-0 data-starting-style:opacity-0">
            <Popover.Title className="font-semibold">The offline assistant answers</Popover.Title>
            <Popover.Description className="text-muted">
              It is built in, needs no network, and understands plain English about tasks: adding, listing, ticking,
              renaming, deleting.
            </Popover.Description>
            <p className="text-muted">
              For a language model, whoever runs this Taskchat sets <code>OPENAI_API_KEY</code>, or{" "}
              <code>OPENAI_BASE_URL</code> for a server of their own, and starts it again.
            </p>
          </Popover.Popup>
        </Popover.Positioner>
      </Popover.Portal>
    </Popover.Root>
  );
}
