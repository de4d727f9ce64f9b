import type { TaskPublic } from "@taskchat/shared-schema/api";
import { type ComponentProps, type FormEvent, type RefObject, useRef, useState } from "react";
import { Action, ActionMenu } from "../ui/ActionMenu.tsx";
import { Button } from "../ui/Button.tsx";
import { Modal, ModalActions } from "../ui/Modal.tsx";
import { CANCEL } from "../ui/texts.ts";
import { DueFields } from "./DueFields.tsx";
import type { Due } from "./due.ts";
import { useDeleteTasks, useUpdateTasks } from "./list-mutations.ts";
import { PRIORITIES } from "./priorities.ts";
import type { Changes } from "./queries.ts";
import { PriorityFlag } from "./TaskMeta.tsx";
import * as texts from "./texts.tsx";

interface BulkBarProps {
  tasks: readonly TaskPublic[];
  now: string;
  onStop: () => void;
  /** Gets the focus afterwards. */
  focusAfter: RefObject<HTMLElement | null>;
}

/** Changes the selected tasks, each time with one request. */
export function BulkBar({ tasks, now, onStop, focusAfter }: BulkBarProps) {
  const bar = useRef<HTMLFieldSetElement>(null);
  const [isDating, setIsDating] = useState(false);
  const updating = useUpdateTasks();
  const deleting = useDeleteTasks();
  const isBusy = updating.isPending || deleting.isPending;
  const areDone = tasks.length > 0 && tasks.every(({ completed }) => completed);

  function stop(): void {
    const focused = document.activeElement;
    const dialog = focused?.closest("[role=dialog]");
    const isInOwnDialog = dialog && !dialog.contains(bar.current); // It may still be closing.
    if (focused === document.body || bar.current?.contains(focused) || isInOwnDialog) focusAfter.current?.focus();
    onStop();
  }

  function update(changes: Changes): void {
    if (!isBusy) updating.mutate({ ids: tasks.map(({ id }) => id), changes }, { onSuccess: stop });
  }

  return (
    <fieldset ref={bar} aria-label={texts.SELECTED_TASKS} className="flex min-w-0 gap-1">
      <BulkButton disabled={tasks.length === 0} onClick={() => update({ completed: !areDone })}>
        {areDone ? texts.REOPEN : texts.COMPLETE}
      </BulkButton>
      <BulkButton disabled={tasks.length === 0} onClick={() => setIsDating(true)}>
        {texts.DATE}
      </BulkButton>
      <ActionMenu align="start" trigger={<BulkButton disabled={tasks.length === 0}>{texts.PRIORITY}</BulkButton>}>
        {PRIORITIES.map((priority) => (
          <Action key={priority} icon={<PriorityFlag priority={priority} />} onClick={() => update({ priority })}>
            {texts.PRIORITIES[priority]}
          </Action>
        ))}
      </ActionMenu>
      <BulkButton
        className="text-danger"
        disabled={tasks.length === 0}
        onClick={() => isBusy || deleting.mutate(tasks, { onSuccess: stop })}
      >
        {texts.DELETE}
      </BulkButton>
      <DueDialog
        open={isDating}
        now={now}
        onClose={() => setIsDating(false)}
        onSave={(due) => {
          setIsDating(false);
          update(due);
        }}
      />
    </fieldset>
  );
}

const BulkButton = ({ className = "", ...props }: ComponentProps<typeof Button>) => (
  <Button className={`grow px-1! text-[0.8125rem]! ${className}`} {...props} />
);

interface DueDialogProps {
  open: boolean;
  now: string;
  onClose: () => void;
  onSave: (due: Due) => void;
}

function DueDialog({ open, now, onClose, onSave }: DueDialogProps) {
  const [due, setDue] = useState<Due>({ due_on: null, due_at: null });

  function onSubmit(event: FormEvent): void {
    event.preventDefault();
    event.stopPropagation();
    onSave(due);
  }

  return (
    <Modal open={open} onClose={onClose} title={texts.DUE_QUESTION}>
      <form onSubmit={onSubmit} className="flex flex-col gap-4">
        <DueFields value={due} onChange={setDue} now={now} />
        <ModalActions>
          <Button onClick={onClose}>{CANCEL}</Button>
          <Button type="submit" look="primary">
            {texts.SAVE}
          </Button>
        </ModalActions>
      </form>
    </Modal>
  );
}
