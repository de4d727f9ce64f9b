import type { ToolCallPublic } from "@taskchat/shared-schema/api";
import type { Domain, ToolCall, ToolCallWords } from "../lib/domain.ts";
import * as texts from "./texts.tsx";

/** Describes the tool calls of a turn in order. Shows reads only if nothing else happened. */
export function describeToolCalls(
  calls: readonly ToolCallPublic[],
  describe: Domain["describeToolCall"],
): ToolCallWords[] {
  const described = calls.map(withFields).map((call) => describe(call) ?? describeUnknown(call));
  const effects = described.filter(({ kind }) => kind !== "read");
  return effects.length > 0 ? effects : described.slice(0, 1);
}

function describeUnknown({ name, arguments: given, result }: ToolCall): ToolCallWords {
  if (typeof result.error === "string") return { kind: "failed", words: texts.ACTION_FAILED };
  const text = Object.values(given).find((value) => typeof value === "string" && value.trim() !== "");
  return { kind: "changed", words: text ? `${sentence(name)}: ${text}` : sentence(name) };
}

function withFields({ result, ...call }: ToolCallPublic): ToolCall {
  return { ...call, result: typeof result === "object" && result !== null ? { ...result } : {} };
}

/** `send_report` becomes "Send report". */
function sentence(name: string): string {
  const words = name.replaceAll("_", " ");
  return words.charAt(0).toUpperCase() + words.slice(1);
}
