import { Menu } from "@base-ui/react/menu";
import type { ReactElement, ReactNode } from "react";

interface ActionMenuProps {
  /** The button that opens the menu. */
  trigger: ReactElement;
  align?: "start" | "end";
  children: ReactNode;
}

export function ActionMenu({ trigger, align = "end", children }: ActionMenuProps) {
  return (
    <Menu.Root>
      <Menu.Trigger render={trigger} />
      <Menu.Portal>
        <Menu.Positioner className="z-50 outline-none" sideOffset={4} align={align}>
          <Menu.Popup className="min-w-44 max-w-[calc(100vw-2rem)] rounded-xl border border-line bg-canvas p-1 shadow-lg outline-none transition-opacity duration-100 data-ending-style:opacity-0 data-starting-style:opacity-0">
            {children}
          </Menu.Popup>
        </Menu.Positioner>
      </Menu.Portal>
    </Menu.Root>
  );
}

interface ActionProps {
  icon: ReactNode;
  danger?: boolean;
  onClick: () => void;
  children: ReactNode;
}

export function Action({ icon, danger = false, onClick, children }: ActionProps) {
  return (
    <Menu.Item
      onClick={onClick}
      className={`flex cursor-pointer select-none items-center gap-2.5 rounded-lg px-2.5 py-2 text-sm outline-none data-highlighted:bg-hover forced-colors:data-highlighted:outline-2 forced-colors:data-highlighted:-outline-offset-2 [&_svg]:size-4 ${danger ? "text-danger" : "text-ink [&_svg]:text-muted"}`}
    >
      {icon}
      {children}
    </Menu.Item>
  );
}
