import { Popover } from "@base-ui/react/popover";
import { useQuery } from "@tanstack/react-query";
import { Bot } from "lucide-react";
import { useDomain } from "../lib/domain.ts";
import { configQuery } from "./queries.ts";
import * as texts from "./texts.tsx";

/** Tells users that no language model is set up, or no assistant at all. */
export function AssistantBadge() {
  const config = useQuery(configQuery);
  const { example } = useDomain().chat;
  const assistant = config.data?.assistant;
  if (assistant === undefined || assistant === "model") return null;
  const [name, title, description] =
    assistant === "offline"
      ? [texts.basicAssistant(minor), texts.BASIC_TITLE, texts.basicDescription(example)]
      : [texts.noAssistant(minor), texts.NO_ASSISTANT_TITLE, texts.NO_ASSISTANT_DESCRIPTION];
  return (
    <Popover.Root>
      <Popover.Trigger className="flex h-7 shrink-0 items-center gap-1.5 rounded-full border border-line px-2.5 text-[0.8125rem] text-muted transition-colors hover:bg-hover hover:text-ink">
        <Bot aria-hidden className="size-3.5" />
        <span>{name}</span>
      </Popover.Trigger>
      <Popover.Portal>
        <Popover.Positioner className="z-50" sideOffset={6} align="end">
          <Popover.Popup className="flex w-80 max-w-[calc(100vw-2rem)] flex-col gap-2 rounded-xl border border-line bg-canvas p-4 text-sm shadow-lg outline-none transition-opacity duration-100 data-ending-style:opacity-0 data-starting-style:opacity-0">
            <Popover.Title className="font-semibold">{title}</Popover.Title>
            <Popover.Description className="text-muted">{description}</Popover.Description>
          </Popover.Popup>
        </Popover.Positioner>
      </Popover.Portal>
    </Popover.Root>
  );
}

const minor = (text: string) => <span className="max-sm:sr-only">{text}</span>;
