import type { BetterAuthOptions } from "better-auth";
import { type DestinationStream, type Logger, pino, stdTimeFunctions } from "pino";
import { currentScope } from "./http/request-scope.ts";
import type { Settings } from "./settings.ts";

const LOGGED_MAX_CHARS = 200;

/** Cuts a text that a client chose; "…" marks the cut. */
export const shorten = (text: string): string =>
  text.length > LOGGED_MAX_CHARS ? `${text.slice(0, LOGGED_MAX_CHARS)}…` : text;

/** One JSON object per line. Inside a request each line carries the request's id. */
export function createLog(level: Settings["logLevel"], destination?: DestinationStream): Logger {
  return pino(
    {
      level,
      base: { service: "auth-service" },
      messageKey: "message",
      timestamp: stdTimeFunctions.isoTime,
      formatters: { level: (label) => ({ level: label }) },
      mixin: () => {
        const scope = currentScope();
        return scope ? { request_id: scope.id } : {};
      },
    },
    destination,
  );
}

/**
 * What a log may know of an error: its kind, its code and where it came from.
 *
 * Its message stays out. Postgres and Better Auth quote in theirs what people typed.
 */
export function describeError(error: unknown): { name: string; code?: string; stack: string[] } {
  if (!(error instanceof Error)) return { name: typeof error, stack: [] };
  const code = "code" in error && typeof error.code === "string" ? error.code : undefined;
  const stack = (error.stack ?? "").split("\n").filter((line) => /^\s+at /.test(line));
  return { name: error.name, ...(code && { code }), stack: stack.map((line) => line.trim()) };
}

/** Better Auth's own messages, in the same log and without what it writes into them. */
export function betterAuthLog(log: Logger): NonNullable<BetterAuthOptions["logger"]> {
  return {
    level: "warn",
    log: (level, message, ...details) => {
      const error = details.find((detail) => detail instanceof Error);
      log[level]({ source: "better-auth", ...(error && { error: describeError(error) }) }, staticPrefix(message));
    },
  };
}

/** Sends to the log what libraries write to the console, such as Better Auth a failed query, without what it quotes. */
export function captureConsole(log: Logger): void {
  for (const level of ["error", "warn", "info", "debug"] as const) {
    console[level] = (...parts: unknown[]) => {
      const error = parts.find((part) => part instanceof Error);
      const message = typeof parts[0] === "string" ? staticPrefix(parts[0]) : "written to the console";
      log[level]({ source: "console", ...(error && { error: describeError(error) }) }, message);
    };
  }
}

/** The message up to the first place where Better Auth puts a value: after a colon, a quote or a line break. */
function staticPrefix(message: unknown): string {
  const [start = ""] = String(message).split(/[:"`\n]| '/, 1);
  return shorten(start.trim()) || "unnamed";
}
