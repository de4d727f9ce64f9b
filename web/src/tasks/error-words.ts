import { ApiError } from "../api/api-error.ts";
import { inWords } from "../api/error-words.ts";

export function taskErrorInWords(error: unknown): string {
  const isGone = error instanceof ApiError && error.code === "task_not_found";
  return isGone ? "This task no longer exists." : inWords(error);
}
