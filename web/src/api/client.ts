import type { paths } from "@taskchat/shared-schema/api";
import createClient from "openapi-fetch";
import { createAccessTokens } from "./access-token.ts";
import { ApiError } from "./api-error.ts";
import { issueAccessToken } from "./auth-client.ts";

const REQUEST_TIMEOUT_MS = 15_000;
/** Longer than the api's default TURN_TIMEOUT_SECONDS of 90. After it, the message is sent again. */
const LONG_TIMEOUT_MS = 100_000;
const NO_CONTENT = 204;

export const accessTokens = createAccessTokens(issueAccessToken);

/** An IANA name such as Europe/Berlin. The assistant needs it to know the local date. */
const timeZone = Intl.DateTimeFormat().resolvedOptions().timeZone;

/** For slow requests: a chat message waits for a whole turn, an export for all data. */
export const fetchLong = fetchWithin(LONG_TIMEOUT_MS);

export const api = createClient<paths>({ fetch: fetchWithin(REQUEST_TIMEOUT_MS) });

function fetchWithin(timeoutMs: number) {
  return async (request: Request): Promise<Response> => {
    const signal = AbortSignal.any([request.signal, AbortSignal.timeout(timeoutMs)]);
    const retry = request.clone();
    const token = await accessTokens.get();
    const response = await fetchWith(token, request, signal);
    if (response.status !== 401) return response;
    return fetchWith(await accessTokens.renew(token), retry, signal);
  };
}

async function fetchWith(token: string, request: Request, signal: AbortSignal): Promise<Response> {
  const headers = new Headers(request.headers);
  headers.set("authorization", `Bearer ${token}`);
  if (timeZone) headers.set("time-zone", timeZone);
  try {
    const response = await fetch(new Request(request, { headers, signal }));
    if (response.status === NO_CONTENT) return response;
    // Read the body here, because the connection may break or time out in the middle of it.
    return new Response(await response.blob(), response);
  } catch (error) {
    if (request.signal.aborted) throw error;
    throw new ApiError(signal.aborted ? "timeout" : "unreachable");
  }
}
