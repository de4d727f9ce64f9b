import type { ToolCallPublic } from "@taskchat/shared-schema/api";
import { Check, CircleAlert, Eye, type LucideIcon, Pencil, Plus, RotateCcw, Trash2 } from "lucide-react";
import { type Deed, toolCallsInWords } from "./tool-call-words.ts";

const ICONS: Readonly<Record<Deed, LucideIcon>> = {
  added: Plus,
  done: Check,
  reopened: RotateCcw,
  changed: Pencil,
  deleted: Trash2,
  looked: Eye,
  failed: CircleAlert,
};

/** What was done for a message. */
export function ToolCalls({ calls }: { calls: readonly ToolCallPublic[] }) {
  const told = toolCallsInWords(calls);
  if (told.length === 0) return null;
  return (
    <ul aria-label="What was done" className="flex flex-wrap gap-1.5">
      {told.map(({ deed, words }, index) => {
        const Icon = ICONS[deed];
        return (
          <li
            // biome-ignore lint/suspicious/noArrayIndexKey: what was done never changes its order.
            key={index}
            className="flex min-w-0 items-center gap-1.5 rounded-full border border-line py-0.5 pr-2.5 pl-2 text-[0.8125rem] text-muted"
          >
            <Icon aria-hidden className={`size-3.5 shrink-0 ${deed === "failed" ? "text-danger" : "text-accent"}`} />
            <span className="truncate">{words}</span>
          </li>
        );
      })}
    </ul>
  );
}
