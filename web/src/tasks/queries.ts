import { infiniteQueryOptions } from "@tanstack/react-query";
import type { TaskCreate, TaskPage, TaskPublic, TaskUpdate } from "@taskchat/shared-schema/api";
import { unless, unwrap } from "../api/api-error.ts";
import { api } from "../api/client.ts";
import { READ_OFFLINE } from "../lib/offline-data.ts";

const PAGE_SIZE = 100;

/** As in the api. */
export const TITLE_MAX_CHARS = 200;
export const DESCRIPTION_MAX_CHARS = 2000;

export const tasksKey = (userId: string) => ["tasks", userId];

/** The open or the completed tasks, oldest first. */
export function tasksQuery(userId: string, completed: boolean) {
  return infiniteQueryOptions({
    queryKey: [...tasksKey(userId), { completed }],
    queryFn: ({ pageParam, signal }): Promise<TaskPage> => {
      const query = { completed, limit: PAGE_SIZE, ...(pageParam && { cursor: pageParam }) };
      return unwrap(api.GET("/api/{user_id}/tasks", { params: { path: { user_id: userId }, query }, signal }));
    },
    meta: READ_OFFLINE,
    initialPageParam: "",
    getNextPageParam: (page) => page.next_cursor,
    select: ({ pages }) => pages.flatMap((page) => page.items),
  });
}

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
