import { useInfiniteQuery } from "@tanstack/react-query";
import type { TaskPublic } from "@taskchat/shared-schema/api";
import type { FormEvent, KeyboardEvent } from "react";
import { useUser } from "../account/session.ts";
import { Button } from "../ui/Button.tsx";
import { FormError } from "../ui/FormMessage.tsx";
import { isComposing } from "../ui/keyboard.ts";
import { INPUT } from "../ui/TextField.tsx";
import { useAddTask, useUpdateTask } from "./mutations.ts";
import { DESCRIPTION_MAX_CHARS, TITLE_MAX_CHARS, tasksQuery } from "./queries.ts";

/** Edits a task in the list. Enter saves, Escape cancels. */
export function TaskEditor({ task, onClose }: { task: TaskPublic; onClose: () => void }) {
  const user = useUser();
  const saving = useUpdateTask(task);
  const adding = useAddTask();
  const isGone = useIsGone(user.id, task.id);

  function onSubmit(event: FormEvent<HTMLFormElement>): void {
    event.preventDefault();
    const fields = new FormData(event.currentTarget);
    const title = String(fields.get("title")).trim();
    const description = String(fields.get("description")).trim();
    if (!title) return;
    if (isGone) adding.mutate({ title, description });
    else if (title !== task.title || description !== task.description) saving.mutate({ title, description });
    onClose();
  }

  function onKeyDown(event: KeyboardEvent<HTMLFormElement>): void {
    if (isComposing(event)) return;
    if (event.key === "Escape") {
      event.stopPropagation(); // Keep the drawer around it open.
      onClose();
    } else if (event.key === "Enter" && !event.shiftKey && !(event.target instanceof HTMLButtonElement)) {
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
      <input
        name="title"
        dir="auto"
        aria-label="Title"
        defaultValue={task.title}
        required
        maxLength={TITLE_MAX_CHARS}
        // biome-ignore lint/a11y/noAutofocus: the user has just clicked Edit.
        autoFocus
        className={`${INPUT} h-9 text-sm`}
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
      <FormError>{isGone ? "This task was deleted meanwhile. What you typed is still here." : undefined}</FormError>
      <div className="flex flex-wrap justify-end gap-2">
        <Button onClick={onClose}>{isGone ? "Discard" : "Cancel"}</Button>
        <Button type="submit" look="primary">
          {isGone ? "Add as a new task" : "Save"}
        </Button>
      </div>
    </form>
  );
}

/** Whether the task is known to be in neither list. */
function useIsGone(userId: string, taskId: string): boolean {
  const open = useInfiniteQuery({ ...tasksQuery(userId, false), enabled: false });
  const done = useInfiniteQuery({ ...tasksQuery(userId, true), enabled: false });
  return [open, done].every(
    (list) => !list.isFetching && !list.hasNextPage && list.data?.every(({ id }) => id !== taskId),
  );
}
