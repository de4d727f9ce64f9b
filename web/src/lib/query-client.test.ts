import { QueryObserver } from "@tanstack/react-query";
import { expect, test, vi } from "vitest";
import { fetchAnew, queryClient } from "./query-client.ts";

test("a first fetch that is still under way is not taken for what came after it", async () => {
  const fetches: PromiseWithResolvers<string>[] = [];
  const queryFn = () => {
    const fetching = Promise.withResolvers<string>();
    fetches.push(fetching);
    return fetching.promise;
  };
  const observer = new QueryObserver(queryClient, { queryKey: ["list"], queryFn });
  const stop = observer.subscribe(() => {});
  const shown = fetchAnew(["list"]);
  fetches[0]?.resolve("before the change");
  await vi.waitFor(() => expect(fetches).toHaveLength(2));
  fetches[1]?.resolve("after it");
  await shown;
  expect(observer.getCurrentResult().data).toBe("after it");
  stop();
});
