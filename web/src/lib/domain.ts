import type { QueryKey } from "@tanstack/react-query";
import type { ToolCallPublic } from "@taskchat/shared-schema/api";
import type { LucideIcon } from "lucide-react";
import { type ComponentType, createContext, use } from "react";

/** What other folders need from the domain's folder. `app` provides it. */
export interface Domain {
  /** The plural of what users keep here, in lower case: "Your … are still there." */
  readonly items: string;
  /** The items as a file for spreadsheets. */
  readonly table: { readonly label: string; readonly download: (userId: string) => Promise<void> };
  readonly panel: {
    readonly title: string;
    /** Of the button that shows the panel. */
    readonly showLabel: string;
    readonly Icon: LucideIcon;
    readonly Content: ComponentType;
  };
  readonly chat: {
    /** The heading of a new chat. */
    readonly greeting: (firstName: string) => string;
    readonly hint: string;
    /** A message that shows how to write. */
    readonly example: string;
    /** Messages that a new chat offers: only what makes sense now. */
    readonly useExamples: () => readonly string[];
    /** The placeholder of the message box. */
    readonly placeholder: string;
  };
  /** Returns undefined for tools and errors that the domain does not know. */
  readonly describeToolCall: (call: ToolCall) => ToolCallWords | undefined;
  /** The key of every query that a turn may have changed. */
  readonly queryKey: (userId: string) => QueryKey;
}

/** A tool call whose result is an object; an empty one if the tool returned anything else. */
export type ToolCall = Omit<ToolCallPublic, "result"> & { readonly result: Readonly<Record<string, unknown>> };

export type ToolCallKind = "added" | "completed" | "reopened" | "changed" | "deleted" | "read" | "failed";

export interface ToolCallWords {
  readonly kind: ToolCallKind;
  readonly words: string;
}

export const DomainContext = createContext<Domain | undefined>(undefined);

export function useDomain(): Domain {
  const domain = use(DomainContext);
  if (domain === undefined) throw new Error("useDomain needs a DomainContext above it");
  return domain;
}
