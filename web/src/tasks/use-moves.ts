import type { TaskPublic } from "@taskchat/shared-schema/api";
import { useMemo, useState } from "react";
import { useMoveTask, usePendingMoves } from "./list-mutations.ts";
import { applyMove, type Landing, step as stepOf } from "./order.ts";
import * as texts from "./texts.tsx";

/** The tasks in the order that the user gave them, also before it is stored, and functions that change it. */
export function useMoves(stored: readonly TaskPublic[]) {
  const pending = usePendingMoves();
  const tasks = useMemo(() => pending.reduce<readonly TaskPublic[]>(applyMove, stored), [stored, pending]);
  const moving = useMoveTask();
  const [movedId, setMovedId] = useState<string>();
  const [announcement, setAnnouncement] = useState("");
  const titleOf = (taskId: string) => tasks.find(({ id }) => id === taskId)?.title ?? "";

  function move({ move }: Pick<Landing, "move">): void {
    setMovedId(move.taskId);
    moving.mutate(move);
  }

  function step(taskId: string, by: -1 | 1): void {
    const title = titleOf(taskId);
    const next = stepOf(tasks, taskId, by);
    if (next) {
      setAnnouncement((by < 0 ? texts.movedUp : texts.movedDown)(title, next.place, next.of));
      move(next);
    } else {
      const task = tasks.find(({ id }) => id === taskId);
      const whyNot = task?.due_on ? texts.isSortedByDate : by < 0 ? texts.isAtTop : texts.isAtEnd;
      setAnnouncement(whyNot(title));
    }
  }

  return { tasks, movedId, announcement, move, step };
}
