import { useInfiniteQuery } from "@tanstack/react-query";
import { ChevronRight, Ellipsis, ListChecks, ListFilter, ListX, SquareCheckBig } from "lucide-react";
import { type KeyboardEvent, useMemo, useRef, useState } from "react";
import { useUser } from "../account/session.ts";
import { ErrorText } from "../api/ErrorText.tsx";
import { useChanges } from "../lib/use-changes.ts";
import { Action, ActionMenu, Choices } from "../ui/ActionMenu.tsx";
import { Button, IconButton, TextButton } from "../ui/Button.tsx";
import { SkeletonRows } from "../ui/Skeleton.tsx";
import { CANCEL, SHOW_MORE, TRY_AGAIN } from "../ui/texts.ts";
import { AddTask } from "./AddTask.tsx";
import { BulkBar } from "./BulkBar.tsx";
import { ClearCompleted } from "./ClearCompleted.tsx";
import { dateOf } from "./due.ts";
import { FILTER_GROUPS, type FilterName, filterQuery } from "./filters.ts";
import { PendingTasks } from "./PendingTasks.tsx";
import { applyChanges } from "./pending-changes.ts";
import { type TaskFilter, tasksQuery } from "./queries.ts";
import { RefusedChanges } from "./RefusedChanges.tsx";
import { TaskList } from "./TaskList.tsx";
import * as texts from "./texts.tsx";
import { useNow } from "./use-now.ts";
import { useSelection } from "./use-selection.ts";
import { usePointerOver } from "./use-steady-rows.ts";

export function TaskPanel() {
  const now = useNow();
  const [filter, setFilter] = useState<FilterName>("all");
  const open = useTasks(false, filterQuery(filter, dateOf(now)));
  const done = useTasks(true);
  const [showsDone, setShowsDone] = useState(false);
  const [isClearing, setIsClearing] = useState(false);
  const selection = useSelection();
  const adding = useRef<HTMLInputElement>(null);
  const more = useRef<HTMLButtonElement>(null);
  // Nothing moves under the pointer, or a quick second click would hit another task.
  const { area, handlersFor } = usePointerOver<"open" | "done">();
  const hasDone = done.data !== undefined && done.data.length > 0;
  // Under the pointer it stays, also because it could not report that the pointer has left.
  const showsDoneList = hasDone || area === "done";
  const selected = [...(open.data ?? []), ...(done.data ?? [])].filter(({ id }) => selection.ids?.has(id));

  function stopSelecting(): void {
    more.current?.focus();
    selection.stop();
  }

  function onKeyDown(event: KeyboardEvent): void {
    if (event.key !== "Escape" || !selection.ids) return;
    event.stopPropagation(); // Keep the drawer around it open.
    selection.stop();
  }

  return (
    <section aria-labelledby="tasks-heading" className="flex h-full flex-col" onKeyDown={onKeyDown}>
      <div className="flex h-14 shrink-0 items-center gap-0.5 pr-14 pl-5 panel-docked:pr-3">
        <h2 id="tasks-heading" className="font-semibold text-[0.9375rem]">
          {texts.TASKS}
        </h2>
        <span role="status" className="ml-1.5 flex-1 truncate text-muted text-sm">
          {selection.ids ? texts.selectedAmount(selected.length) : open.data && texts.openAmount(...countOf(open))}
        </span>
        {selection.ids ? (
          <TextButton className="px-2 text-sm" onClick={stopSelecting}>
            {CANCEL}
          </TextButton>
        ) : (
          <ActionMenu
            trigger={
              <IconButton label={filter === "all" ? texts.FILTER : texts.filterBy(texts.FILTERS[filter])}>
                <ListFilter aria-hidden />
              </IconButton>
            }
          >
            <Choices
              groups={FILTER_GROUPS.map((names) => names.map((name) => [name, texts.FILTERS[name]] as const))}
              value={filter}
              onChange={setFilter}
            />
          </ActionMenu>
        )}
        <ActionMenu
          trigger={
            <IconButton ref={more} label={texts.MORE}>
              <Ellipsis aria-hidden />
            </IconButton>
          }
        >
          {selection.ids ? (
            <Action
              icon={<ListChecks aria-hidden />}
              onClick={() => selection.add((open.data ?? []).map(({ id }) => id))}
            >
              {texts.SELECT_ALL}
            </Action>
          ) : (
            <Action
              icon={<SquareCheckBig aria-hidden />}
              disabled={!hasDone && !open.data?.length}
              onClick={() => selection.start()}
            >
              {texts.SELECT_TASKS}
            </Action>
          )}
          <Action icon={<ListX aria-hidden />} danger disabled={!hasDone} onClick={() => setIsClearing(true)}>
            {texts.CLEAR_COMPLETED}
          </Action>
        </ActionMenu>
        <ClearCompleted
          count={done.data?.length ?? 0}
          hasMore={done.hasNextPage}
          open={isClearing}
          onClose={() => setIsClearing(false)}
          finalFocus={more}
        />
      </div>
      <div className="px-4 pb-3">
        {selection.ids && <BulkBar tasks={selected} now={now} onStop={selection.stop} focusAfter={more} />}
        {/* An added task must not be hidden by a filter. */}
        <div hidden={selection.ids !== undefined} onSubmit={() => setFilter("all")}>
          <AddTask ref={adding} />
        </div>
        {filter !== "all" && (
          <p className="px-1 pt-2 text-muted text-sm">
            {texts.FILTERS[filter]} · <TextButton onClick={() => setFilter("all")}>{texts.SHOW_ALL}</TextButton>
          </p>
        )}
      </div>
      <div className="scroller flex min-h-0 flex-1 flex-col gap-4 px-2 pb-6">
        <RefusedChanges focusAfterLast={adding} />
        {open.error && (
          <p role="alert" className="px-3 text-danger text-sm">
            <ErrorText error={open.error} /> <TextButton onClick={() => void open.refetch()}>{TRY_AGAIN}</TextButton>
          </p>
        )}
        {open.isPending && <SkeletonRows label={texts.LOADING_TASKS} count={4} row="h-9 px-3" />}
        <div {...handlersFor("open")} className="flex flex-col gap-2">
          <TaskList
            key={filter}
            label={texts.OPEN_TASKS}
            tasks={open.data ?? []}
            mode={area === "open" ? "keep" : area === "done" ? "freeze" : "live"}
            now={now}
            isOpen
            selection={selection}
            focusAfterLast={adding}
          />
          <ShowMore tasks={open} label={texts.SHOW_MORE_OPEN} />
          <PendingTasks />
          {open.isPending && open.isPaused && <p className="px-3 py-2 text-muted text-sm">{texts.OFFLINE}</p>}
          {open.data?.length === 0 && (
            <p className="px-3 py-2 text-muted text-sm">
              {filter !== "all" ? texts.NO_MATCHES : hasDone ? texts.ALL_DONE : texts.NO_TASKS}
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
                {texts.doneHeading(<span className="font-normal">{texts.amount(...countOf(done))}</span>)}
              </button>
            </h3>
            {showsDone && (
              <div {...handlersFor("done")} className="flex flex-col gap-2">
                <TaskList
                  label={texts.DONE_TASKS}
                  tasks={done.data ?? []}
                  mode={area === "done" ? "keep" : "live"}
                  now={now}
                  isOpen={false}
                  selection={selection}
                  focusAfterLast={adding}
                />
                <ShowMore tasks={done} label={texts.SHOW_MORE_DONE} />
              </div>
            )}
          </div>
        )}
      </div>
    </section>
  );
}

function useTasks(completed: boolean, filter: TaskFilter = {}) {
  const user = useUser();
  const changes = useChanges(user.id);
  const query = useInfiniteQuery(tasksQuery(user.id, completed, filter));
  const data = useMemo(() => query.data && applyChanges(query.data, changes), [query.data, changes]);
  return { ...query, data };
}

type Tasks = ReturnType<typeof useTasks>;

/** The number of loaded tasks, and whether there are more. */
const countOf = ({ data, hasNextPage }: Tasks) => [data?.length ?? 0, hasNextPage] as const;

function ShowMore({ tasks, label }: { tasks: Tasks; label: string }) {
  if (!tasks.hasNextPage) return null;
  return (
    <Button
      className="mx-2"
      onClick={() => void tasks.fetchNextPage()}
      disabled={tasks.isFetchingNextPage}
      aria-label={label}
    >
      {SHOW_MORE}
    </Button>
  );
}
