import type { ReactNode } from "react";
import { plural } from "../language.ts";

/** A name for the data that people keep here, as in "Your tasks are still there." */
export const ITEMS = "tasks";
export const SHOW_TASKS = "Show tasks";
export const TASKS = "Tasks";
export const TASKS_AS_CSV = "Tasks as CSV";

export const greeting = (firstName: string) => `What needs doing, ${firstName}?`;
export const GREETING_HINT = "Just type – I'll update your list.";
export const MESSAGE_PLACEHOLDER = "Add or ask about tasks";
export const EXAMPLE_ADD = "add milk, eggs and bread";
export const EXAMPLE_HELP = "what can you do?";
export const EXAMPLE_LIST = "what's on my list?";
export const EXAMPLE_REMIND = "remind me to call mum";

export const ADD_TASK = "Add a task";
export const ALL_DONE = "All done.";
export const DONE_TASKS = "Done tasks";
export const LOADING_TASKS = "Loading tasks…";
export const MORE = "More for tasks";
export const NO_MATCHES = "No open tasks match.";
export const NO_TASKS = "Nothing to do yet. Add a task here or in the chat.";
export const OFFLINE = "Your tasks will show when you're back online.";
export const OPEN_TASKS = "Open tasks";
export const ORDER = "Order of tasks";
export const SELECT_ALL = "Select all";
export const SELECT_TASKS = "Select tasks";
export const SHOW_MORE_DONE = "Show more done tasks";
export const SHOW_MORE_OPEN = "Show more open tasks";
export const TASKS_BEING_ADDED = "Tasks being added";
/** @param hasMore - whether there are more than those that are counted. */
export const amount = (count: number, hasMore: boolean) => (hasMore ? `more than ${count}` : `${count}`);
export const doneHeading = (amountDone: ReactNode) => <>Done {amountDone}</>;
export const openAmount = (count: number, hasMore: boolean) => `${amount(count, hasMore)} open`;
export const selectedAmount = (count: number) => `${count} selected`;

export const GROUPS = { overdue: "Overdue", today: "Today", upcoming: "Upcoming", undated: "No date" } as const;
export const openTasksIn = (group: keyof typeof GROUPS) => `Open tasks: ${GROUPS[group].toLowerCase()}`;

export const PRIORITY = "Priority";
export const PRIORITIES = { high: "High", medium: "Medium", low: "Low", none: "No priority" } as const;
/** Where "High" alone doesn't say what is high. */
export const longPriority = (priority: keyof typeof PRIORITIES) =>
  priority === "none" ? PRIORITIES.none : `${PRIORITIES[priority]} priority`;
export const priorityInSentence = (priority: keyof typeof PRIORITIES) => longPriority(priority).toLowerCase();

export const FILTER = "Filter";
export const FILTERS = {
  all: "All tasks",
  overdue: "Overdue",
  today: "Due today",
  week: "Due within a week",
  high: longPriority("high"),
  medium: longPriority("medium"),
  low: longPriority("low"),
} as const;
export const SHOW_ALL = "Show all";
export const filterBy = (filter: string) => `Filter: ${filter}`;

export const DUE_DATE = "Due date";
export const DUE_TIME = "Due time";
export const NEXT_WEEK = "Next week";
export const NO_DATE = "No date";
export const NO_TIME = "No time";
/** For screen readers, behind a date. */
export const OVERDUE_SUFFIX = ", overdue";
const DAYS = { today: "Today", tomorrow: "Tomorrow", yesterday: "Yesterday" } as const;
export const nearDay = (day: keyof typeof DAYS): string => DAYS[day];
export const nearDayInSentence: typeof nearDay = (day) => DAYS[day].toLowerCase();
export const dayAt = (day: string, time: string) => `${day} ${time}`;
export const dateAt = (date: string, time: string) => `${date}, ${time}`;

export const DELETED_MEANWHILE = "This task was deleted meanwhile. What you typed is still here.";
export const DETAILS = "Details";
export const SAVE = "Save";
export const TITLE = "Title";
export const deleteTask = (title: string) => `Delete ${title}`;
export const editTask = (title: string) => `Edit ${title}`;
export const moveTask = (title: string) => `Move ${title}`;
export const selectTask = (title: string) => `Select ${title}`;

export const COMPLETE = "Complete";
export const DATE = "Date";
export const DELETE = "Delete";
export const DUE_QUESTION = "When are they due?";
export const REOPEN = "Reopen";
export const SELECTED_TASKS = "Selected tasks";

export const CLEAR = "Clear";
export const CLEAR_COMPLETED = "Clear completed…";
export const CLEAR_COMPLETED_QUESTION = "Clear completed tasks?";
export const clearCompletedDescription = (count: number, hasMore: boolean) =>
  plural(count, {
    one: `This deletes ${amount(count, hasMore)} task that you have completed. This can't be undone.`,
    other: `This deletes ${amount(count, hasMore)} tasks that you have completed. This can't be undone.`,
  });

export const completed = (title: string) => `Completed ${title}`;
export const completedTasks = (count: number) =>
  plural(count, { one: `Completed ${count} task`, other: `Completed ${count} tasks` });
export const deleted = (title: string) => `Deleted ${title}`;
export const deletedTasks = (count: number) =>
  plural(count, { one: `Deleted ${count} task`, other: `Deleted ${count} tasks` });

export const ADD_AS_NEW = "Add as a new task";
export const CHANGES_NOT_SAVED = "Changes that couldn't be saved";
export const DISCARD = "Discard";
export const RETRY = "Retry";
export const TASK_GONE = "This task no longer exists.";
export const addingFailed = (title: ReactNode, reason: string) => (
  <>
    Couldn't add {title}: {reason}
  </>
);
export const changingFailed = (title: ReactNode, reason: string) => (
  <>
    Couldn't change {title}: {reason}
  </>
);
export const deletingFailed = (title: ReactNode, reason: string) => (
  <>
    Couldn't delete {title}: {reason}
  </>
);
export const quoted = (title: string) => `“${title}”`;

export const isAtEnd = (title: string) => `${title} is already at the end.`;
export const isAtTop = (title: string) => `${title} is already at the top.`;
export const isSortedByDate = (title: string) => `${title} is sorted by its date.`;
export const movedDown = (title: string, place: number, of: number) =>
  `Moved ${title} down to place ${place} of ${of}.`;
export const movedUp = (title: string, place: number, of: number) => `Moved ${title} up to place ${place} of ${of}.`;

/** What the assistant has done. */
export const LOOKED_AT_TASKS = "Looked at your tasks";
export const NO_DUE_DATE = "no due date";
export const TASK_WAS_GONE = "That task no longer exists";
export const UNKNOWN_TASK = "a task";
export const assistantAdded = (title: string) => `Added ${title}`;
export const assistantChanged = (title: string) => `Changed ${title}`;
export const assistantCompleted = (title: string) => `Marked ${title} as done`;
export const assistantDeleted = (title: string) => `Deleted ${title}`;
export const assistantRenamed = (title: string) => `Renamed a task to ${title}`;
export const assistantReopened = (title: string) => `Reopened ${title}`;
export const due = (date: string) => `due ${date}`;
export const withDetails = (action: string, details: readonly string[]) => [action, ...details].join(", ");
