import { Dialog } from "@base-ui/react/dialog";
import { X } from "lucide-react";
import type { ReactNode } from "react";
import { IconButton } from "./Button.tsx";
import { BACKDROP } from "./Modal.tsx";
import * as texts from "./texts.ts";

interface SidePanelProps {
  label: string;
  side: "left" | "right";
  /** Shown next to the page; otherwise a drawer. */
  docked: boolean;
  open: boolean;
  onClose: () => void;
  children: ReactNode;
}

const DOCKED = {
  left: "w-68 border-line border-r",
  right: "w-84 border-line border-l",
} as const;

const DRAWER = {
  left: "left-0 rounded-r-2xl data-ending-style:-translate-x-full data-starting-style:-translate-x-full",
  right: "right-0 rounded-l-2xl data-ending-style:translate-x-full data-starting-style:translate-x-full",
} as const;

/** A panel next to the page, or a drawer over it on narrow screens. */
export function SidePanel({ label, side, docked, open, onClose, children }: SidePanelProps) {
  if (docked)
    return (
      <div id={`panel-${side}`} className={`h-full shrink-0 bg-sunken ${DOCKED[side]}`}>
        {children}
      </div>
    );
  return (
    <Dialog.Root open={open} onOpenChange={(isOpen) => isOpen || onClose()}>
      <Dialog.Portal>
        <Dialog.Backdrop className={`z-40 ${BACKDROP}`} />
        <Dialog.Popup
          className={`fixed inset-y-0 z-40 w-84 max-w-[calc(100vw-3rem)] overflow-hidden bg-sunken shadow-xl outline-none transition-transform duration-200 ease-out ${DRAWER[side]}`}
        >
          <Dialog.Title className="sr-only">{label}</Dialog.Title>
          <Dialog.Close
            render={
              <IconButton label={texts.CLOSE} className="absolute top-2.5 right-2.5 z-10">
                <X aria-hidden />
              </IconButton>
            }
          />
          {children}
        </Dialog.Popup>
      </Dialog.Portal>
    </Dialog.Root>
  );
}
