import { useInfiniteQuery } from "@tanstack/react-query";
import type { TaskPublic, TaskUpdate } from "@taskchat/shared-schema/api";
import { type FormEvent, type KeyboardEvent, useState } from "react";
import { useUser } from "../account/session.ts";
import { Button } from "../ui/Button.tsx";
import { FormError } from "../ui/FormMessage.tsx";
import { isComposing } from "../ui/keyboard.ts";
import { INPUT } from "../ui/TextField.tsx";
import { CANCEL } from "../ui/texts.ts";
import { DueFields } from "./DueFields.tsx";
import type { Due } from "./due.ts";
import { useAddTask, useUpdateTask } from "./mutations.ts";
import { PRIORITIES, type Priority } from "./priorities.ts";
import { cachedTasks, DESCRIPTION_MAX_CHARS, TITLE_MAX_CHARS, tasksQuery } from "./queries.ts";
import * as texts from "./texts.tsx";

interface TaskEditorProps {
  task: TaskPublic;
  now: string;
  onClose: () => void;
}

/** Edits a task in the list. Enter saves, Escape cancels. */
export function TaskEditor({ task, now, onClose }: TaskEditorProps) {
  const user = useUser();
  const saving = useUpdateTask(task);
  const adding = useAddTask();
  const isGone = useIsGone(user.id, task.id);
  const [due, setDue] = useState<Due>(task);

  function onSubmit(event: FormEvent<HTMLFormElement>): void {
    event.preventDefault();
    const fields = readFields(new FormData(event.currentTarget), due);
    if (fields.title === "") return;
    const changes = changesOf(task, fields);
    if (isGone) adding.mutate(fields);
    else if (Object.keys(changes).length > 0) saving.mutate(changes);
    onClose();
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
      aria-label={texts.editTask(task.title)}
      className="my-1 flex flex-col gap-2 rounded-xl border border-line bg-canvas p-2"
    >
      <textarea
        name="title"
        dir="auto"
        aria-label={texts.TITLE}
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
        aria-label={texts.DETAILS}
        placeholder={texts.DETAILS}
        defaultValue={task.description}
        maxLength={DESCRIPTION_MAX_CHARS}
        rows={2}
        className={`${INPUT} field-sizing-content max-h-40 min-h-16 resize-none py-2 text-sm`}
      />
      <DueFields value={due} onChange={setDue} now={now} />
      <select
        name="priority"
        aria-label={texts.PRIORITY}
        defaultValue={task.priority}
        className={`${INPUT} h-9 px-2! text-sm`}
      >
        {PRIORITIES.map((priority) => (
          <option key={priority} value={priority}>
            {texts.longPriority(priority)}
          </option>
        ))}
      </select>
      <FormError>{isGone ? texts.DELETED_MEANWHILE : undefined}</FormError>
      <div className="flex flex-wrap justify-end gap-2">
        <Button onClick={onClose}>{isGone ? texts.DISCARD : CANCEL}</Button>
        <Button type="submit" look="primary">
          {isGone ? texts.ADD_AS_NEW : texts.SAVE}
        </Button>
      </div>
    </form>
  );
}

/** Whether the task is known to be in no list. The lists without a filter may be outdated while one is chosen. */
function useIsGone(userId: string, taskId: string): boolean {
  const open = useInfiniteQuery({ ...tasksQuery(userId, false), enabled: false });
  const done = useInfiniteQuery({ ...tasksQuery(userId, true), enabled: false });
  const areWhole = [open, done].every((list) => list.data && !list.isFetching && !list.hasNextPage);
  return areWhole && !cachedTasks(userId).some(({ id }) => id === taskId);
}

interface Fields extends Due {
  readonly title: string;
  readonly description: string;
  readonly priority: Priority;
}

const readFields = (form: FormData, { due_on, due_at }: Due): Fields => ({
  title: String(form.get("title"))
    .replaceAll(/\s*\n\s*/g, " ")
    .trim(),
  description: String(form.get("description")).trim(),
  priority: String(form.get("priority")) as Priority,
  due_on,
  due_at,
});

/** The fields that differ from the task. So changes that others made to the rest stay. */
function changesOf(task: TaskPublic, { title, description, priority, due_on, due_at }: Fields): TaskUpdate {
  const isDueChanged = due_on !== task.due_on || due_at !== task.due_at;
  return {
    ...(title !== task.title && { title }),
    ...(description !== task.description && { description }),
    ...(priority !== task.priority && { priority }),
    ...(isDueChanged && { due_on, due_at }),
  };
}
