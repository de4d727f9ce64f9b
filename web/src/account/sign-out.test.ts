import { describe, expect, it } from "vitest";
import type { Session } from "../api/auth-client.ts";
import { queryClient } from "../lib/query-client.ts";
import { sessionQuery } from "./session.ts";
import { clearUser } from "./sign-out.ts";

describe("clearUser", () => {
  it("ends the session in this tab, even while it is being fetched", async () => {
    const session = { user: { id: "ada" } } as Session;
    queryClient.setQueryData(sessionQuery.queryKey, session);
    const response = Promise.withResolvers<Session>();
    const fetching = queryClient.fetchQuery({ ...sessionQuery, queryFn: () => response.promise, staleTime: 0 });
    clearUser("ada", "signed_out");
    response.resolve(session); // Answered before the session ended.
    await fetching;
    expect(queryClient.getQueryData(sessionQuery.queryKey)).toBeNull();
  });
});
