import { navigate, useHistoryState } from "wouter/use-browser-location";

export type Drawer = "left" | "right";

/** State of a history entry with an open drawer. */
interface DrawerState {
  readonly drawer?: Drawer;
}

const useOpenDrawer = () => useHistoryState<DrawerState | null>()?.drawer;

/** Which drawer is open. Opening one adds a history entry, so that the browser's Back closes it. */
export function useDrawer(): [Drawer | undefined, open: (drawer: Drawer) => void, close: () => void] {
  return [
    useOpenDrawer(),
    (drawer) => navigate(location.pathname + location.search, { state: { drawer } satisfies DrawerState }),
    () => history.back(),
  ];
}

/** Whether a drawer is open. Its links replace its history entry, so that Back doesn't open it again. */
export const useIsInDrawer = (): boolean => useOpenDrawer() !== undefined;

/** The state of a history entry as it is without an open drawer, to return to it later. */
export function withoutDrawer(state: unknown): unknown {
  if (typeof state !== "object" || state === null || !("drawer" in state)) return state;
  const { drawer, ...rest } = state;
  return Object.keys(rest).length > 0 ? rest : null;
}
