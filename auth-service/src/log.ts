import type { BetterAuthOptions } from "better-auth";
import { type DestinationStream, type Logger, pino, stdTimeFunctions } from "pino";
import { currentScope } from "./http/request-scope.ts";
import type { Settings } from "./settings.ts";

const LOGGED_MAX_CHARS = 200;

/** Truncate a text that a client chose; "…" marks the cut. */
export const shorten = (text: string): string =>
  text.length > LOGGED_MAX_CHARS ? `${text.slice(0, LOGGED_MAX_CHARS)}…` : text;

/** Log one JSON object per line, with the request's id if there is a request. */
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
 * The loggable parts of an error: its name, code and stack.
 *
 * Messages are omitted, because Postgres and Better Auth quote user input in theirs.
 */
export function describeError(error: unknown): { name: string; code?: string; stack: string[] } {
  if (!(error instanceof Error)) return { name: typeof error, stack: [] };
  const code = "code" in error && typeof error.code === "string" ? error.code : undefined;
  const stack = (error.stack ?? "").split("\n").filter((line) => /^\s+at /.test(line));
  return { name: error.name, ...(code && { code }), stack: stack.map((line) => line.trim()) };
}

/** Send Better Auth's messages to our log, without the values in them. */
export function betterAuthLog(log: Logger): NonNullable<BetterAuthOptions["logger"]> {
  return {
    level: "warn",
    log: (level, message, ...details) => {
      const error = details.find((detail) => detail instanceof Error);
      log[level]({ source: "better-auth", ...(error && { error: describeError(error) }) }, staticPrefix(message));
    },
  };
}

/** Send console output of libraries to the log, without the values that it quotes. */
export function captureConsole(log: Logger): void {
  for (const level of ["error", "warn", "info", "debug"] as const) {
    console[level] = (...parts: unknown[]) => {
      const error = parts.find((part) => part instanceof Error);
      const message = typeof parts[0] === "string" ? staticPrefix(parts[0]) : "console output";
      log[level]({ source: "console", ...(error && { error: describeError(error) }) }, message);
    };
  }
}

/** The message up to its first value, which follows a colon, a quote or a line break. */
function staticPrefix(message: unknown): string {
  const [start = ""] = String(message).split(/[:"`\n]| '/, 1);
  return shorten(start.trim()) || "no message";
}
