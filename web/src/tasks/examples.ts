import { useInfiniteQuery } from "@tanstack/react-query";
import { useUser } from "../account/session.ts";
import { tasksQuery } from "./queries.ts";
import * as texts from "./texts.tsx";

const FOR_ALL = [texts.EXAMPLE_ADD, texts.EXAMPLE_REMIND];

/** Messages to try. Examples about existing tasks need some. */
export function useExamples(): readonly string[] {
  const user = useUser();
  const first = useInfiniteQuery(tasksQuery(user.id, false)).data?.[0];
  return first ? [...FOR_ALL, texts.EXAMPLE_LIST] : [...FOR_ALL, texts.EXAMPLE_HELP];
}
