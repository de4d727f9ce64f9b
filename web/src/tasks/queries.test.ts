import contract from "@taskchat/shared-schema/openapi.json" with { type: "json" };
import { expect, test } from "vitest";
import { DESCRIPTION_MAX_CHARS, TITLE_MAX_CHARS } from "./queries.ts";

test("the fields' limits are the contract's", () => {
  const { title, description } = contract.components.schemas.TaskCreate.properties;
  expect([TITLE_MAX_CHARS, DESCRIPTION_MAX_CHARS]).toEqual([title.maxLength, description.maxLength]);
});
