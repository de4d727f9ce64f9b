import { useDomain } from "../lib/domain.ts";
import * as texts from "./texts.tsx";

interface EmptyChatProps {
  firstName: string;
  onChoose: (text: string) => void;
}

/** The content of a new chat: a greeting and example messages. */
export function EmptyChat({ firstName, onChoose }: EmptyChatProps) {
  const { greeting, hint, useExamples } = useDomain().chat;
  const examples = useExamples();
  return (
    <div className="scroller flex min-h-0 flex-1 px-4">
      <div className="m-auto flex w-full max-w-lg flex-col items-center gap-8 py-10 text-center">
        <div className="flex flex-col gap-2">
          <h2 className="text-balance font-semibold text-2xl tracking-tight [overflow-wrap:anywhere]">
            {greeting(firstName)}
          </h2>
          <p className="text-balance text-muted">{hint}</p>
        </div>
        <ul aria-label={texts.EXAMPLES} className="flex flex-wrap justify-center gap-2">
          {examples.map((example) => (
            <li key={example}>
              <button
                type="button"
                onClick={() => onChoose(example)}
                className="rounded-full border border-line px-4 py-2 text-sm transition-colors hover:bg-hover"
              >
                {example}
              </button>
            </li>
          ))}
        </ul>
      </div>
    </div>
  );
}
