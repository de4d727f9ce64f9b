import { useInfiniteQuery } from "@tanstack/react-query";
import { ChevronRight } from "lucide-react";
import { type RefObject, useMemo, useRef, useState } from "react";
import { useUser } from "../account/session.ts";
import { errorMessage } from "../api/error-messages.ts";
import { useChanges } from "../lib/use-changes.ts";
import { Button, TextButton } from "../ui/Button.tsx";
import { SkeletonRows } from "../ui/Skeleton.tsx";
import { AddTask } from "./AddTask.tsx";
import { PendingTasks } from "./PendingTasks.tsx";
import { applyChanges } from "./pending-changes.ts";
import { tasksQuery } from "./queries.ts";
import { RefusedChanges } from "./RefusedChanges.tsx";
import type { Mode } from "./steady-rows.ts";
import { TaskItem } from "./TaskItem.tsx";
import { usePointerOver, useSteadyRows } from "./use-steady-rows.ts";

export function TaskPanel() {
  const open = useTasks(false);
  const done = useTasks(true);
  const [showsDone, setShowsDone] = useState(false);
  const adding = useRef<HTMLInputElement>(null);
  // Nothing moves under the pointer, or a quick second click would hit another task.
  const { area, handlersFor } = usePointerOver<"open" | "done">();
  const hasDone = done.data !== undefined && done.data.length > 0;
  // Under the pointer it stays, also because it could not report that the pointer has left.
  const showsDoneList = hasDone || area === "done";
  return (
    <section aria-labelledby="tasks-heading" className="flex h-full flex-col">
      <div className="flex h-14 shrink-0 items-center gap-2 px-5">
        <h2 id="tasks-heading" className="font-semibold text-[0.9375rem]">
          Tasks
        </h2>
        {open.data && <span className="text-muted text-sm">{countOf(open)} open</span>}
      </div>
      <div className="px-4 pb-3">
        <AddTask ref={adding} />
      </div>
      <div className="scroller flex min-h-0 flex-1 flex-col gap-4 px-2 pb-6">
        <RefusedChanges focusAfterLast={adding} />
        {open.error && (
          <p role="alert" className="px-3 text-danger text-sm">
            {errorMessage(open.error)} <TextButton onClick={() => void open.refetch()}>Try again</TextButton>
          </p>
        )}
        {open.isPending && <SkeletonRows label="Loading tasks…" count={4} row="h-9 px-3" />}
        <div {...handlersFor("open")}>
          <TaskList
            label="Open tasks"
            tasks={open}
            mode={area === "open" ? "keep" : area === "done" ? "freeze" : "live"}
            focusAfterLast={adding}
          />
          <PendingTasks />
          {open.isPending && open.isPaused && (
            <p className="px-3 py-2 text-muted text-sm">Your tasks will show when you're back online.</p>
          )}
          {open.data?.length === 0 && (
            <p className="px-3 py-2 text-muted text-sm">
              {hasDone ? "All done." : "Nothing to do yet. Add a task here or in the chat."}
            </p>
          )}
        </div>
        {showsDoneList && (
          <div>
            <h3>
              <button
                type="button"
                aria-expanded={showsDone}
                onClick={() => setShowsDone(!showsDone)}
                className="mb-0.5 flex w-full items-center gap-1.5 rounded-lg px-3 py-1.5 font-medium text-muted text-sm transition-colors hover:bg-hover"
              >
                <ChevronRight aria-hidden className={`size-4 transition-transform ${showsDone ? "rotate-90" : ""}`} />
                Done <span className="font-normal">{countOf(done)}</span>
              </button>
            </h3>
            {showsDone && (
              <div {...handlersFor("done")}>
                <TaskList
                  label="Done tasks"
                  tasks={done}
                  mode={area === "done" ? "keep" : "live"}
                  focusAfterLast={adding}
                />
              </div>
            )}
          </div>
        )}
      </div>
    </section>
  );
}

function useTasks(completed: boolean) {
  const user = useUser();
  const changes = useChanges(user.id);
  const query = useInfiniteQuery(tasksQuery(user.id, completed));
  const data = useMemo(() => query.data && applyChanges(query.data, changes), [query.data, changes]);
  return { ...query, data };
}

type Tasks = ReturnType<typeof useTasks>;

/** The number of tasks loaded so far. */
const countOf = ({ data, hasNextPage }: Tasks) => `${data?.length ?? 0}${hasNextPage ? "+" : ""}`;

interface TaskListProps {
  label: string;
  tasks: Tasks;
  mode: Mode;
  /** Gets the focus once the last task is removed. */
  focusAfterLast: RefObject<HTMLElement | null>;
}

function TaskList({ label, tasks, mode, focusAfterLast }: TaskListProps) {
  const [rows, remove] = useSteadyRows(tasks.data ?? [], mode);
  if (rows.length === 0) return null;
  return (
    <div className="flex flex-col gap-2">
      <ul aria-label={label} className="flex flex-col gap-0.5">
        {rows.map((row) => (
          <TaskItem key={row.task.id} row={row} onLeft={() => remove(row.task.id)} focusAfterLast={focusAfterLast} />
        ))}
      </ul>
      {tasks.hasNextPage && (
        <Button
          className="mx-2"
          onClick={() => void tasks.fetchNextPage()}
          disabled={tasks.isFetchingNextPage}
          aria-label={`Show more ${label.toLowerCase()}`}
        >
          Show more
        </Button>
      )}
    </div>
  );
}
