import { useInfiniteQuery, useMutation } from "@tanstack/react-query";
import type { TaskPublic } from "@taskchat/shared-schema/api";
import { useUser } from "../account/session.ts";
import { queryClient } from "../app/query-client.ts";
import { deleteTask, tasksKey, tasksQuery, updateTask } from "./queries.ts";

export function TaskPanel() {
  const user = useUser();
  const open = useInfiniteQuery(tasksQuery(user.id, false));
  const done = useInfiniteQuery(tasksQuery(user.id, true));
  return (
    <section aria-label="Tasks">
      <h2>Tasks</h2>
      <ul aria-label="Open tasks">
        {open.data?.map((task) => (
          <TaskItem key={task.id} task={task} />
        ))}
      </ul>
      <ul aria-label="Done tasks">
        {done.data?.map((task) => (
          <TaskItem key={task.id} task={task} />
        ))}
      </ul>
    </section>
  );
}

function TaskItem({ task }: { task: TaskPublic }) {
  const user = useUser();
  const onSettled = () => queryClient.invalidateQueries({ queryKey: tasksKey(user.id) });
  const ticking = useMutation({
    mutationFn: (completed: boolean) => updateTask(user.id, task.id, { completed }),
    onSettled,
  });
  const deleting = useMutation({ mutationFn: () => deleteTask(user.id, task.id), onSettled });
  return (
    <li>
      <label>
        <input
          type="checkbox"
          checked={ticking.isPending ? ticking.variables : task.completed}
          onChange={(event) => ticking.mutate(event.target.checked)}
        />
        {task.title}
      </label>
      <button type="button" aria-label={`Delete ${task.title}`} onClick={() => deleting.mutate()}>
        Delete
      </button>
    </li>
  );
}
