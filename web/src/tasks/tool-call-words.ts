import type { ToolCall, ToolCallKind, ToolCallWords } from "../lib/domain.ts";
import { dueWords, localMinute } from "./due.ts";

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
  const [kind, words] = change;
  const title = typeof result.title === "string" ? result.title : "a task";
  const isRenaming = name === "update_task" && typeof given.title === "string";
  const what = isRenaming ? `Renamed a task to ${given.title}` : words(title);
  return { kind, words: [what, ...detailsOf(name, given, result)].join(", ") };
}

/** The date and priority that a call has set. */
function detailsOf(name: string, given: ToolCall["arguments"], result: ToolCall["result"]): string[] {
  const isNew = name === "add_task";
  const isDated = name === "update_task" && (given.due_on != null || given.due_at != null || given.remove_due === true);
  const isRanked = name === "update_task" && given.priority != null;
  const due = typeof result.due_on === "string" ? `due ${dueIn(result.due_on, result.due_at)}` : undefined;
  const priority =
    typeof result.priority === "string" && result.priority !== "none" ? `${result.priority} priority` : undefined;
  return [
    (isNew || isDated) && (due ?? (isDated && "no due date")),
    (isNew || isRanked) && (priority ?? (isRanked && "no priority")),
  ].filter((words) => typeof words === "string");
}

function dueIn(due_on: string, due_at: unknown): string {
  const due = { due_on, due_at: typeof due_at === "string" ? due_at : null };
  return (dueWords(due, localMinute(new Date())) ?? "").replace(/^(Today|Tomorrow|Yesterday)/, (day) =>
    day.toLowerCase(),
  );
}
