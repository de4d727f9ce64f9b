import type { ToolCallPublic } from "@taskchat/shared-schema/api";

export type Deed = "added" | "done" | "reopened" | "changed" | "deleted" | "looked" | "failed";

export interface ToolCallWords {
  readonly deed: Deed;
  readonly words: string;
}

const EFFECTS: Readonly<Record<string, (title: string) => ToolCallWords>> = {
  add_task: (title) => ({ deed: "added", words: `Added ${title}` }),
  complete_task: (title) => ({ deed: "done", words: `Marked ${title} as done` }),
  reopen_task: (title) => ({ deed: "reopened", words: `Reopened ${title}` }),
  update_task: (title) => ({ deed: "changed", words: `Changed ${title}` }),
  delete_task: (title) => ({ deed: "deleted", words: `Deleted ${title}` }),
};

const LOOKED: ToolCallWords = { deed: "looked", words: "Looked at your tasks" };

const LOOKS: ReadonlySet<string> = new Set(["list_tasks", "get_task"]);

/** What an assistant's tool calls did, in order. That it looked at tasks is told only if it did nothing else. */
export function toolCallsInWords(calls: readonly ToolCallPublic[]): ToolCallWords[] {
  const effects = calls.filter(({ name }) => !LOOKS.has(name)).map(inWords);
  if (effects.length > 0) return effects;
  return calls.length > 0 ? [LOOKED] : [];
}

function inWords({ name, arguments: given, result }: ToolCallPublic): ToolCallWords {
  const { error, title } = members(result);
  if (error === "task_not_found") return { deed: "failed", words: "Looked for a task that is gone" };
  if (typeof error === "string") return { deed: "failed", words: "Tried something that did not work" };
  if (name === "update_task" && typeof given.title === "string") {
    return { deed: "changed", words: `Renamed a task to ${given.title}` };
  }
  const effect = EFFECTS[name];
  // A tool that somebody has added speaks for itself.
  if (effect === undefined) return { deed: "changed", words: sentence(name) };
  return effect(typeof title === "string" ? title : "a task");
}

const members = (value: unknown): Record<string, unknown> =>
  typeof value === "object" && value !== null ? (value as Record<string, unknown>) : {};

/** `send_report` as "Send report". */
function sentence(name: string): string {
  const words = name.replaceAll("_", " ");
  return words.charAt(0).toUpperCase() + words.slice(1);
}
