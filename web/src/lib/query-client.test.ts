import { QueryObserver } from "@tanstack/react-query";
import { expect, test, vi } from "vitest";
import { queryClient, refetch } from "./query-client.ts";

test("a running first fetch is restarted", async () => {
  const fetches: PromiseWithResolvers<string>[] = [];
  const queryFn = () => {
    const fetching = Promise.withResolvers<string>();
    fetches.push(fetching);
    return fetching.promise;
  };
  const observer = new QueryObserver(queryClient, { queryKey: ["list"], queryFn });
  const stop = observer.subscribe(() => {});
  const shown = refetch(["list"]);
  fetches[0]?.resolve("before the change");
  await vi.waitFor(() => expect(fetches).toHaveLength(2));
  fetches[1]?.resolve("after the change");
  await shown;
  expect(observer.getCurrentResult().data).toBe("after the change");
  stop();
});
