import type { TaskPublic } from "@taskchat/shared-schema/api";
import type { FormEvent, KeyboardEvent } from "react";
import { Button } from "../ui/Button.tsx";
import { FormError } from "../ui/FormMessage.tsx";
import { isComposing } from "../ui/keyboard.ts";
import { INPUT } from "../ui/TextField.tsx";
import { taskErrorMessage } from "./error-messages.ts";
import { useUpdateTask } from "./mutations.ts";
import { DESCRIPTION_MAX_CHARS, TITLE_MAX_CHARS } from "./queries.ts";

/** Edits a task in the list. Enter saves, Escape cancels. */
export function TaskEditor({ task, onClose }: { task: TaskPublic; onClose: () => void }) {
  const saving = useUpdateTask(task.id);

  function onSubmit(event: FormEvent<HTMLFormElement>): void {
    event.preventDefault();
    const fields = new FormData(event.currentTarget);
    const title = String(fields.get("title")).trim();
    const description = String(fields.get("description")).trim();
    if (!title) return;
    if (title === task.title && description === task.description) onClose();
    else saving.mutate({ title, description }, { onSuccess: onClose });
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
      <FormError>{saving.error ? taskErrorMessage(saving.error) : undefined}</FormError>
      <div className="flex justify-end gap-2">
        <Button onClick={onClose}>Cancel</Button>
        <Button type="submit" look="primary" pending={saving.isPending}>
          Save
        </Button>
      </div>
    </form>
  );
}
