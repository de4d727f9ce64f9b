import { useRef, useState } from "react";

/** Several tasks chosen to be changed together. */
export interface Selection {
  /** Undefined unless the user is selecting. */
  readonly ids: ReadonlySet<string> | undefined;
  readonly start: (taskId?: string) => void;
  readonly stop: () => void;
  /** Selects or deselects a task; with a list, the range from the last one to it. */
  readonly toggle: (taskId: string, isSelected: boolean, list?: readonly string[]) => void;
  readonly add: (taskIds: readonly string[]) => void;
}

export function useSelection(): Selection {
  const [ids, setIds] = useState<ReadonlySet<string>>();
  const anchor = useRef<string>(undefined);

  return {
    ids,
    start: (taskId) => {
      anchor.current = taskId;
      setIds(new Set(taskId ? [taskId] : []));
    },
    stop: () => setIds(undefined),
    toggle: (taskId, isSelected, list) => {
      const range = list && anchor.current ? rangeOf(list, anchor.current, taskId) : [taskId];
      anchor.current = taskId;
      setIds((selected = new Set()) => {
        const others = [...selected].filter((id) => !range.includes(id));
        return new Set(isSelected ? [...others, ...range] : others);
      });
    },
    add: (taskIds) => setIds((selected = new Set()) => new Set([...selected, ...taskIds])),
  };
}

function rangeOf(list: readonly string[], from: string, to: string): readonly string[] {
  const places = [list.indexOf(from), list.indexOf(to)].toSorted((one, other) => one - other);
  const [first = -1, last = -1] = places;
  return first < 0 ? [to] : list.slice(first, last + 1);
}
