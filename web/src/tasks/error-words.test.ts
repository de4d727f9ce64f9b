import { expect, test } from "vitest";
import { ApiError } from "../api/api-error.ts";
import { inWords } from "../api/error-words.ts";
import { taskErrorInWords } from "./error-words.ts";

test("the page has words for a task that is gone, and leaves other errors to the api's words", () => {
  expect(taskErrorInWords(new ApiError("task_not_found", { status: 404 }))).toBe("This task no longer exists.");
  expect(taskErrorInWords(new ApiError("timeout"))).toBe(inWords(new ApiError("timeout")));
});
