import type { MiddlewareHandler } from "hono";
import { problem } from "./problem.ts";

/** How much of a body that is too large is still read. */
const MAX_DRAINED_BYTES = 16 * 1024 * 1024;

/**
 * Refuses bodies of more than so many bytes, whether or not they say beforehand how long they are.
 *
 * A body that is too large is read to its end before it is refused: an answer sent into it often never arrives, and a
 * gateway could not use the connection for the next request. When it does not end, the server closes the connection.
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
    return problem("body_too_large", `The body may have at most ${maxBytes} bytes.`);
  };
}
