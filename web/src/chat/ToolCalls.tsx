import type { ToolCallPublic } from "@taskchat/shared-schema/api";
import { Check, CircleAlert, Eye, type LucideIcon, Pencil, Plus, RotateCcw, Trash2 } from "lucide-react";
import { type ToolCallKind, useDomain } from "../lib/domain.ts";
import * as texts from "./texts.tsx";
import { describeToolCalls } from "./tool-calls.ts";

const ICONS: Readonly<Record<ToolCallKind, LucideIcon>> = {
  added: Plus,
  completed: Check,
  reopened: RotateCcw,
  changed: Pencil,
  deleted: Trash2,
  read: Eye,
  failed: CircleAlert,
};

/** What the assistant did for a message. */
export function ToolCalls({ calls }: { calls: readonly ToolCallPublic[] }) {
  const described = describeToolCalls(calls, useDomain().describeToolCall);
  if (described.length === 0) return null;
  return (
    <ul aria-label={texts.ACTIONS} className="flex flex-wrap gap-1.5">
      {described.map(({ kind, words }, index) => {
        const Icon = ICONS[kind];
        return (
          <li
            // biome-ignore lint/suspicious/noArrayIndexKey: the order of tool calls never changes.
            key={index}
            className="flex min-w-0 items-center gap-1.5 rounded-full border border-line py-0.5 pr-2.5 pl-2 text-[0.8125rem] text-muted"
          >
            <Icon aria-hidden className={`size-3.5 shrink-0 ${kind === "failed" ? "text-danger" : "text-accent"}`} />
            <span className="truncate">{words}</span>
          </li>
        );
      })}
    </ul>
  );
}
