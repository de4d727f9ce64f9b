import { useLocation, useNavigate } from "react-router";

export type Drawer = "left" | "right";

const drawerOf = (state: unknown) => (state as { drawer?: Drawer } | null)?.drawer;

/** Which drawer is open. Opening one adds a history entry, so that the browser's Back closes it. */
export function useDrawer(): [Drawer | undefined, open: (drawer: Drawer) => void, close: () => void] {
  const { pathname, search, state } = useLocation();
  const navigate = useNavigate();
  return [
    drawerOf(state),
    (drawer) => void navigate({ pathname, search }, { state: { drawer } }),
    () => void navigate(-1),
  ];
}

/** Whether a drawer is open. Its links replace its history entry, so that Back doesn't open it again. */
export const useIsInDrawer = (): boolean => drawerOf(useLocation().state) !== undefined;
