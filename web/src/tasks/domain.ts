import { ListTodo } from "lucide-react";
import type { Domain } from "../lib/domain.ts";
import { useExamples } from "./examples.ts";
import { downloadTasks, tasksKey } from "./queries.ts";
import { TaskPanel } from "./TaskPanel.tsx";
import * as texts from "./texts.tsx";
import { describeToolCall } from "./tool-call-words.ts";

export const domain: Domain = {
  items: texts.ITEMS,
  table: { label: texts.TASKS_AS_CSV, download: downloadTasks },
  panel: { title: texts.TASKS, showLabel: texts.SHOW_TASKS, Icon: ListTodo, Content: TaskPanel },
  chat: {
    greeting: texts.greeting,
    hint: texts.GREETING_HINT,
    example: texts.EXAMPLE_ADD,
    useExamples,
    placeholder: texts.MESSAGE_PLACEHOLDER,
  },
  describeToolCall,
  queryKey: tasksKey,
};
