import type { ToolCall, ToolCallKind, ToolCallWords } from "../lib/domain.ts";
import { dueWords, localMinute } from "./due.ts";
import { PRIORITIES } from "./priorities.ts";
import * as texts from "./texts.tsx";

const CHANGES: Readonly<Record<string, readonly [kind: ToolCallKind, words: (title: string) => string]>> = {
  add_task: ["added", texts.assistantAdded],
  complete_task: ["completed", texts.assistantCompleted],
  reopen_task: ["reopened", texts.assistantReopened],
  update_task: ["changed", texts.assistantChanged],
  delete_task: ["deleted", texts.assistantDeleted],
};

const READS: ReadonlySet<string> = new Set(["list_tasks", "get_task"]);

export function describeToolCall({ name, arguments: given, result }: ToolCall): ToolCallWords | undefined {
  if (READS.has(name)) return { kind: "read", words: texts.LOOKED_AT_TASKS };
  if (result.error === "task_not_found") return { kind: "failed", words: texts.TASK_WAS_GONE };
  const change = CHANGES[name];
  if (change === undefined || result.error !== undefined) return undefined;
  const [kind, words] = change;
  const title = typeof result.title === "string" ? result.title : texts.UNKNOWN_TASK;
  const isRenaming = name === "update_task" && typeof given.title === "string";
  const what = isRenaming ? texts.assistantRenamed(`${given.title}`) : words(title);
  return { kind, words: texts.withDetails(what, detailsOf(name, given, result)) };
}

/** The date and priority that a call has set. */
function detailsOf(name: string, given: ToolCall["arguments"], result: ToolCall["result"]): string[] {
  const isNew = name === "add_task";
  const isDated = name === "update_task" && (given.due_on != null || given.due_at != null || given.remove_due === true);
  const isRanked = name === "update_task" && given.priority != null;
  const due = typeof result.due_on === "string" ? texts.due(dueIn(result.due_on, result.due_at)) : undefined;
  const priority = PRIORITIES.find((one) => one === result.priority) ?? "none";
  return [
    (isNew || isDated) && (due ?? (isDated && texts.NO_DUE_DATE)),
    (isRanked || (isNew && priority !== "none")) && texts.priorityInSentence(priority),
  ].filter((words) => typeof words === "string");
}

function dueIn(due_on: string, due_at: unknown): string {
  const due = { due_on, due_at: typeof due_at === "string" ? due_at : null };
  return dueWords(due, localMinute(new Date()), undefined, texts.nearDayInSentence) ?? "";
}
