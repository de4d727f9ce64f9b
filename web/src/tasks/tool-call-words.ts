import type { ToolCall, ToolCallKind, ToolCallWords } from "../lib/domain.ts";

const CHANGES: Readonly<Record<string, readonly [kind: ToolCallKind, words: (title: string) => string]>> = {
  add_task: ["added", (title) => `Added ${title}`],
  complete_task: ["completed", (title) => `Marked ${title} as done`],
  reopen_task: ["reopened", (title) => `Reopened ${title}`],
  update_task: ["changed", (title) => `Changed ${title}`],
  delete_task: ["deleted", (title) => `Deleted ${title}`],
};

const READS: ReadonlySet<string> = new Set(["list_tasks", "get_task"]);

export function describeToolCall({ name, arguments: given, result }: ToolCall): ToolCallWords | undefined {
  if (READS.has(name)) return { kind: "read", words: "Looked at your tasks" };
  if (result.error === "task_not_found") return { kind: "failed", words: "That task no longer exists" };
  const change = CHANGES[name];
  if (change === undefined || result.error !== undefined) return undefined;
  if (name === "update_task" && typeof given.title === "string") {
    return { kind: "changed", words: `Renamed a task to ${given.title}` };
  }
  const [kind, words] = change;
  return { kind, words: words(typeof result.title === "string" ? result.title : "a task") };
}
