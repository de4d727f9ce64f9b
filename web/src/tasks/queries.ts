import { type InfiniteData, infiniteQueryOptions } from "@tanstack/react-query";
import type { TaskCreate, TaskPage, TaskPublic, TasksUpdate, TaskUpdate } from "@taskchat/shared-schema/api";
import { unless, unwrap } from "../api/api-error.ts";
import { api, fetchLong } from "../api/client.ts";
import { download } from "../api/download.ts";
import { READ_OFFLINE } from "../lib/offline-data.ts";
import { queryClient } from "../lib/query-client.ts";

const PAGE_SIZE = 100;

/** As in the api. */
export const TITLE_MAX_CHARS = 200;
export const DESCRIPTION_MAX_CHARS = 2000;

export const tasksKey = (userId: string) => ["tasks", userId];

export interface TaskFilter {
  readonly due_from?: string;
  readonly due_until?: string;
  readonly priority?: TaskPublic["priority"];
}

/** The open or the completed tasks that match a filter, in the list's order. */
export function tasksQuery(userId: string, completed: boolean, filter: TaskFilter = {}) {
  return infiniteQueryOptions({
    queryKey: [...tasksKey(userId), { completed, ...filter }],
    queryFn: ({ pageParam, signal }): Promise<TaskPage> => {
      const query = { completed, ...filter, limit: PAGE_SIZE, ...(pageParam && { cursor: pageParam }) };
      return unwrap(api.GET("/api/{user_id}/tasks", { params: { path: { user_id: userId }, query }, signal }));
    },
    meta: READ_OFFLINE,
    initialPageParam: "",
    getNextPageParam: (page) => page.next_cursor,
    select: ({ pages }) => pages.flatMap((page) => page.items),
  });
}

/** The lists that are loaded, with and without filters. */
export const cachedLists = (userId: string): TaskPublic[][] =>
  queryClient
    .getQueriesData<InfiniteData<TaskPage>>({ queryKey: tasksKey(userId) })
    .map(([, data]) => data?.pages.flatMap((page) => page.items) ?? []);

export const cachedTasks = (userId: string): TaskPublic[] => cachedLists(userId).flat();

/** The api fills in defaults for missing columns. */
export type NewTask = Pick<TaskCreate, "title"> & Partial<TaskCreate>;

/** A repetition with the same key returns the task that the first request has created. */
export function createTask(userId: string, task: NewTask, key: string): Promise<TaskPublic> {
  const params = { path: { user_id: userId }, header: { "Idempotency-Key": key } };
  return unwrap(api.POST("/api/{user_id}/tasks", { params, body: task as TaskCreate }));
}

export function updateTask(userId: string, taskId: string, changes: TaskUpdate): Promise<TaskPublic> {
  const params = { path: { user_id: userId, task_id: taskId } };
  return unwrap(api.PATCH("/api/{user_id}/tasks/{task_id}", { params, body: changes }));
}

/** Also succeeds if the task is gone. */
export async function deleteTask(userId: string, taskId: string): Promise<void> {
  const params = { path: { user_id: userId, task_id: taskId } };
  await unwrap(api.DELETE("/api/{user_id}/tasks/{task_id}", { params })).catch(unless("task_not_found"));
}

export type Changes = Omit<TasksUpdate, "ids">;

/** Changes several tasks alike. Returns those that still exist. */
export async function updateTasks(userId: string, ids: readonly string[], changes: Changes): Promise<TaskPublic[]> {
  const params = { path: { user_id: userId } };
  const change = (part: string[]) =>
    unwrap(api.PATCH("/api/{user_id}/tasks", { params, body: { ids: part, ...changes } }));
  return (await inParts(ids, change)).flatMap(({ items }) => items);
}

export async function deleteTasks(userId: string, ids: readonly string[]): Promise<void> {
  const path = { user_id: userId };
  await inParts(ids, (id) => unwrap(api.DELETE("/api/{user_id}/tasks", { params: { path, query: { id } } })));
}

export async function deleteCompletedTasks(userId: string): Promise<void> {
  const params = { path: { user_id: userId }, query: { completed: "true" as const } };
  await unwrap(api.DELETE("/api/{user_id}/tasks", { params }));
}

/** The api takes at most so many ids in one request. */
const MAX_IDS = 100;

async function inParts<Result>(
  ids: readonly string[],
  send: (part: string[]) => Promise<Result>,
): Promise<readonly Result[]> {
  const results: Result[] = [];
  for (let start = 0; start < ids.length; start += MAX_IDS) results.push(await send(ids.slice(start, start + MAX_IDS)));
  return results;
}

/** Downloads all tasks as a CSV file. */
export function downloadTasks(userId: string): Promise<void> {
  const params = { path: { user_id: userId } };
  return download(api.GET("/api/{user_id}/export/tasks.csv", { params, parseAs: "blob", fetch: fetchLong }));
}
