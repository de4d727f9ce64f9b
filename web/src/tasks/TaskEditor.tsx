import type { TaskPublic, TaskUpdate } from "@taskchat/shared-schema/api";
import { type FormEvent, type KeyboardEvent, useState } from "react";
import { Button } from "../ui/Button.tsx";
import { FormError } from "../ui/FormMessage.tsx";
import { isComposing } from "../ui/keyboard.ts";
import { INPUT } from "../ui/TextField.tsx";
import { DueFields } from "./DueFields.tsx";
import type { Due } from "./due.ts";
import { taskErrorMessage } from "./error-messages.ts";
import { useUpdateTask } from "./mutations.ts";
import { PRIORITIES, PRIORITY_LABELS, type Priority } from "./priorities.ts";
import { DESCRIPTION_MAX_CHARS, TITLE_MAX_CHARS } from "./queries.ts";

interface TaskEditorProps {
  task: TaskPublic;
  now: string;
  onClose: () => void;
}

/** Edits a task in the list. Enter saves, Escape cancels. */
export function TaskEditor({ task, now, onClose }: TaskEditorProps) {
  const saving = useUpdateTask(task.id);
  const [due, setDue] = useState<Due>(task);

  function onSubmit(event: FormEvent<HTMLFormElement>): void {
    event.preventDefault();
    const changes = changesOf(task, new FormData(event.currentTarget), due);
    if (changes.title === "") return;
    if (Object.keys(changes).length === 0) onClose();
    else saving.mutate(changes, { onSuccess: onClose });
  }

  function onKeyDown(event: KeyboardEvent<HTMLFormElement>): void {
    if (isComposing(event)) return;
    const usesEnter = event.target instanceof HTMLButtonElement || event.target instanceof HTMLSelectElement;
    if (event.key === "Escape") {
      event.stopPropagation(); // Keep the drawer around it open.
      onClose();
    } else if (event.key === "Enter" && !event.shiftKey && !usesEnter) {
      event.preventDefault();
      event.currentTarget.requestSubmit();
    }
  }

  return (
    <form
      onSubmit={onSubmit}
      onKeyDown={onKeyDown}
      aria-label={`Edit ${task.title}`}
      className="my-1 flex flex-col gap-2 rounded-xl border border-line bg-canvas p-2"
    >
      <textarea
        name="title"
        dir="auto"
        aria-label="Title"
        defaultValue={task.title}
        required
        maxLength={TITLE_MAX_CHARS}
        rows={1}
        enterKeyHint="done"
        // biome-ignore lint/a11y/noAutofocus: the user has just clicked Edit.
        autoFocus
        className={`${INPUT} field-sizing-content max-h-40 min-h-9 resize-none py-1.5 text-sm`}
      />
      <textarea
        name="description"
        dir="auto"
        aria-label="Details"
        placeholder="Details"
        defaultValue={task.description}
        maxLength={DESCRIPTION_MAX_CHARS}
        rows={2}
        className={`${INPUT} field-sizing-content max-h-40 min-h-16 resize-none py-2 text-sm`}
      />
      <DueFields value={due} onChange={setDue} now={now} />
      <select
        name="priority"
        aria-label="Priority"
        defaultValue={task.priority}
        className={`${INPUT} h-9 px-2! text-sm`}
      >
        {PRIORITIES.map((priority) => (
          <option key={priority} value={priority}>
            {PRIORITY_LABELS[priority]}
            {priority !== "none" && " priority"}
          </option>
        ))}
      </select>
      <FormError>{saving.error ? taskErrorMessage(saving.error) : undefined}</FormError>
      <div className="flex justify-end gap-2">
        <Button onClick={onClose}>Cancel</Button>
        <Button type="submit" look="primary" disabled={saving.isPending}>
          Save
        </Button>
      </div>
    </form>
  );
}

/** The fields that differ from the task. Changes that others made to the rest meanwhile stay. */
function changesOf(task: TaskPublic, fields: FormData, due: Due): TaskUpdate {
  const title = String(fields.get("title"))
    .replaceAll(/\s*\n\s*/g, " ")
    .trim();
  const description = String(fields.get("description")).trim();
  const priority = String(fields.get("priority")) as Priority;
  const isDueChanged = due.due_on !== task.due_on || due.due_at !== task.due_at;
  return {
    ...(title !== task.title && { title }),
    ...(description !== task.description && { description }),
    ...(priority !== task.priority && { priority }),
    ...(isDueChanged && { due_on: due.due_on, due_at: due.due_at }),
  };
}
