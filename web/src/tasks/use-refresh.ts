import { refetch } from "../lib/query-client.ts";
import { tellOtherTabs } from "../lib/tabs.ts";
import { tasksKey } from "./queries.ts";

/** A mutation stays pending until the list shows it. */
export const useRefresh = (userId: string) => () => {
  tellOtherTabs(userId, null);
  return refetch(tasksKey(userId));
};
