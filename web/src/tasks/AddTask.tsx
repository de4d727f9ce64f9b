import { Plus } from "lucide-react";
import { type FormEvent, type RefObject, useState } from "react";
import { INPUT } from "../ui/TextField.tsx";
import { useAddTask } from "./mutations.ts";
import { TITLE_MAX_CHARS } from "./queries.ts";
import * as texts from "./texts.tsx";

export function AddTask({ ref }: { ref: RefObject<HTMLInputElement | null> }) {
  const [title, setTitle] = useState("");
  const adding = useAddTask();

  function onSubmit(event: FormEvent<HTMLFormElement>): void {
    event.preventDefault();
    if (!title.trim()) return;
    setTitle("");
    adding.mutate({ title: title.trim() });
  }

  return (
    <form onSubmit={onSubmit} className="relative">
      <Plus aria-hidden className="pointer-events-none absolute top-2.5 left-3 size-4 text-muted" />
      <input
        ref={ref}
        aria-label={texts.ADD_TASK}
        placeholder={texts.ADD_TASK}
        value={title}
        onChange={(event) => setTitle(event.target.value)}
        maxLength={TITLE_MAX_CHARS}
        enterKeyHint="done"
        dir="auto"
        className={`${INPUT} h-9 pl-9 text-sm`}
      />
    </form>
  );
}
