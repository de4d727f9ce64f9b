import { Markdown } from "./Markdown.tsx";
import { ToolCalls } from "./ToolCalls.tsx";
import type { AssistantEntry } from "./thread.ts";

export function AssistantMessage({ entry }: { entry: AssistantEntry }) {
  return (
    <article aria-label="Assistant" className="flex flex-col gap-2.5">
      <ToolCalls calls={entry.toolCalls} />
      <Markdown>{entry.text}</Markdown>
    </article>
  );
}
