import { ApiError } from "../api/api-error.ts";
import { errorMessage } from "../api/error-messages.ts";
import { TASK_GONE } from "./texts.tsx";

export function taskErrorMessage(error: unknown): string {
  const isGone = error instanceof ApiError && error.code === "task_not_found";
  return isGone ? TASK_GONE : errorMessage(error);
}
