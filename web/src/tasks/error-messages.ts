import { ApiError } from "../api/api-error.ts";
import { errorMessage } from "../api/error-messages.ts";

export function taskErrorMessage(error: unknown): string {
  const isGone = error instanceof ApiError && error.code === "task_not_found";
  return isGone ? "This task no longer exists." : errorMessage(error);
}
