import { describe, expect, it } from "vitest";
import type { Session } from "../api/auth-client.ts";
import { queryClient } from "../lib/query-client.ts";
import { leave } from "./leave.ts";
import { sessionQuery } from "./session.ts";

describe("leave", () => {
  it("ends the session in this tab, whatever was still being asked about it", async () => {
    const session = { user: { id: "ada" } } as Session;
    queryClient.setQueryData(sessionQuery.queryKey, session);
    const asked = Promise.withResolvers<Session>();
    const looking = queryClient.fetchQuery({ ...sessionQuery, queryFn: () => asked.promise, staleTime: 0 });
    leave("ada");
    asked.resolve(session); // Told before the session ended.
    await looking;
    expect(queryClient.getQueryData(sessionQuery.queryKey)).toBeNull();
  });
});
