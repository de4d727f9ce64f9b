import { useInfiniteQuery } from "@tanstack/react-query";
import { useUser } from "../account/session.ts";
import { tasksQuery } from "./queries.ts";

export const ADD_SOME = "add milk, eggs and bread";
const FOR_ALL = [ADD_SOME, "remind me to call mum"];

/** Messages to try. Examples about existing tasks need some. */
export function useExamples(): readonly string[] {
  const user = useUser();
  const first = useInfiniteQuery(tasksQuery(user.id, false)).data?.[0];
  return first ? [...FOR_ALL, "what's on my list?"] : [...FOR_ALL, "what can you do?"];
}
