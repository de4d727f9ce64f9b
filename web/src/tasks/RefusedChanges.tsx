import { type RefObject, useRef } from "react";
import { useUser } from "../account/session.ts";
import { ApiError } from "../api/api-error.ts";
import type { Change } from "../lib/changes.ts";
import { changesOf, useChanges } from "../lib/use-changes.ts";
import { TextButton } from "../ui/Button.tsx";
import { taskErrorMessage } from "./error-messages.ts";
import { useAddTask } from "./mutations.ts";
import { isTaskChange, type TaskChange } from "./pending-changes.ts";
import * as texts from "./texts.tsx";

/** The changes that the server has refused, until the user decides what happens to them. */
export function RefusedChanges({ focusAfterLast }: { focusAfterLast: RefObject<HTMLElement | null> }) {
  const user = useUser();
  const changes = changesOf(user.id);
  const adding = useAddTask();
  const refused = useChanges(user.id)
    .filter(isTaskChange)
    .filter(({ state }) => state === "refused");
  const list = useRef<HTMLUListElement>(null);

  function addAsNew({ id, variables: { title, changes: typed } }: Change & Edit): void {
    adding.mutate({ title, ...typed });
    changes.discard(id);
  }

  function decide(act: () => void): void {
    // The button goes away with its row.
    const rows = [...(list.current?.children ?? [])];
    const place = rows.findIndex((row) => row.contains(document.activeElement));
    const next = rows[place + 1] ?? rows[place - 1];
    (next?.querySelector("button") ?? focusAfterLast.current)?.focus();
    act();
  }

  return (
    refused.length > 0 && (
      <ul ref={list} aria-label={texts.CHANGES_NOT_SAVED} className="flex flex-col gap-2 px-3">
        {refused.map((change) => (
          <li key={change.id} className="text-sm">
            <p role="alert" className="text-danger [overflow-wrap:anywhere]">
              {FAILURES[change.kind](<bdi>{texts.quoted(titleOf(change))}</bdi>, reasonOf(change))}
            </p>
            <p className="flex gap-x-3">
              <TextButton onClick={() => decide(() => changes.retry(change.id))}>{texts.RETRY}</TextButton>
              {isEditOfGone(change) && (
                <TextButton onClick={() => decide(() => addAsNew(change))}>{texts.ADD_AS_NEW}</TextButton>
              )}
              <TextButton onClick={() => decide(() => changes.discard(change.id))}>{texts.DISCARD}</TextButton>
            </p>
          </li>
        ))}
      </ul>
    )
  );
}

type Edit = TaskChange & { kind: "task.update" };

/** Whether text was typed into a task that no longer exists. */
const isEditOfGone = (change: Change & TaskChange): change is Change & Edit =>
  change.kind === "task.update" &&
  change.errorCode === "task_not_found" &&
  change.variables.changes.title !== undefined;

const FAILURES: Readonly<Record<TaskChange["kind"], typeof texts.addingFailed>> = {
  "task.add": texts.addingFailed,
  "task.update": texts.changingFailed,
  "task.delete": texts.deletingFailed,
};

/** The text that the user has typed, if any. */
const titleOf = ({ kind, variables }: TaskChange) =>
  kind === "task.update" ? (variables.changes.title ?? variables.title) : variables.title;

const reasonOf = ({ errorCode = "" }: Change) => taskErrorMessage(new ApiError(errorCode));
