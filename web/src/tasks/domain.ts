import { ListTodo } from "lucide-react";
import type { Domain } from "../lib/domain.ts";
import { ADD_SOME, useExamples } from "./examples.ts";
import { downloadTasks, tasksKey } from "./queries.ts";
import { TaskPanel } from "./TaskPanel.tsx";
import { describeToolCall } from "./tool-call-words.ts";

export const domain: Domain = {
  items: "tasks",
  table: { label: "Tasks as CSV", download: downloadTasks },
  panel: { title: "Tasks", showLabel: "Show tasks", Icon: ListTodo, Content: TaskPanel },
  chat: {
    greeting: (firstName) => `What needs doing, ${firstName}?`,
    hint: "Just type – I'll update your list.",
    example: ADD_SOME,
    useExamples,
    placeholder: "Add or ask about tasks",
  },
  describeToolCall,
  queryKey: tasksKey,
};
