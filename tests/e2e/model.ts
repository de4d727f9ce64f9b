import { startPython } from "./child.ts";

/** What the model says when it is asked, once: a text, calls of tools, or both. */
interface Reply {
  text?: string;
  calls?: { name: string; arguments: Record<string, unknown> }[];
}

/** An answer that is none. */
interface Failure {
  status: number;
}

/** A server that speaks OpenAI's API and gives the replies that a test put into it, in their order. */
export interface Model {
  readonly baseUrl: string;
  script(...replies: (Reply | Failure)[]): Promise<void>;
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
      if (!ok) throw new Error(`the model server refused its script with ${status}`);
    },
    stop: end,
  };
}
