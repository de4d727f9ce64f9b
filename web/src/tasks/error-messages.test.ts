import { expect, test } from "vitest";
import { ApiError } from "../api/api-error.ts";
import { errorMessage } from "../api/error-messages.ts";
import { taskErrorMessage } from "./error-messages.ts";

test("the page has words for a task that is gone, and leaves other errors to the api's words", () => {
  expect(taskErrorMessage(new ApiError("task_not_found", { status: 404 }))).toBe("This task no longer exists.");
  expect(taskErrorMessage(new ApiError("timeout"))).toBe(errorMessage(new ApiError("timeout")));
});
