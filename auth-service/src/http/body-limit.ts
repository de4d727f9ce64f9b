import type { MiddlewareHandler } from "hono";
import { problem } from "./problem.ts";

/** How much of a too large body to read before closing the connection. */
const MAX_DRAINED_BYTES = 16 * 1024 * 1024;

/**
 * Reject bodies of more than `maxBytes`, with or without a content-length.
 *
 * The rest of the body is read first: a response during an upload often gets lost, and the gateway could not reuse the
 * connection. If the body does not end, the server closes the connection.
 */
export function limitBody(maxBytes: number): MiddlewareHandler {
  return async (context, next) => {
    const { body } = context.req.raw;
    if (body === null) return next();
    const kept: Uint8Array[] = [];
    let size = 0;
    for await (const chunk of body) {
      size += chunk.length;
      if (size <= maxBytes) kept.push(chunk);
      if (size > MAX_DRAINED_BYTES) break;
    }
    if (size <= maxBytes) {
      context.req.raw = new Request(context.req.raw, { body: Buffer.concat(kept) });
      return next();
    }
    return problem("body_too_large", `The body can have at most ${maxBytes} bytes.`);
  };
}
