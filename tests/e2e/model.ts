import { startPython } from "./child.ts";

/** One response of the model: text, tool calls or both. */
interface Reply {
  text?: string;
  calls?: { name: string; arguments: Record<string, unknown> }[];
  /** Whether it waits until `release`. */
  held?: boolean;
}

/** An error response. */
interface Failure {
  status: number;
}

/** A server with OpenAI's API that returns scripted replies in order. */
export interface Model {
  readonly baseUrl: string;
  script(...replies: (Reply | Failure)[]): Promise<void>;
  /** Waits for the request whose reply is held. */
  arrival(): Promise<void>;
  /** Sends all replies that are held. */
  release(): Promise<void>;
  stop(): Promise<void>;
}

export async function startModel(): Promise<Model> {
  const { addresses, end } = await startPython<{ base_url: string; script_url: string }>(
    ["-m", "support.serve_model"],
    "tests",
  );
  return {
    baseUrl: addresses.base_url,
    script: async (...replies) => {
      const { ok, status } = await fetch(addresses.script_url, { method: "POST", body: JSON.stringify(replies) });
      if (!ok) throw new Error(`the model server rejected its script with status ${status}`);
    },
    arrival: async () => void (await fetch(new URL("/arrival", addresses.script_url), { method: "POST" })),
    release: async () => void (await fetch(new URL("/release", addresses.script_url), { method: "POST" })),
    stop: end,
  };
}
