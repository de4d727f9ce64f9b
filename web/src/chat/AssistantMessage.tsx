import { CopyButton } from "../ui/CopyButton.tsx";
import { Reply } from "./Reply.tsx";
import { ToolCalls } from "./ToolCalls.tsx";
import * as texts from "./texts.tsx";
import type { AssistantEntry } from "./thread.ts";

export function AssistantMessage({ entry }: { entry: AssistantEntry }) {
  return (
    <article aria-label={texts.ASSISTANT} className="group relative flex flex-col gap-2.5">
      <ToolCalls calls={entry.toolCalls} />
      <Reply>{entry.text}</Reply>
      <CopyButton
        label={texts.COPY_REPLY}
        className="absolute top-full -left-2 -mt-1 group-focus-within:opacity-100 group-hover:opacity-100 hovering:opacity-0"
        getText={() => entry.text}
      />
    </article>
  );
}
