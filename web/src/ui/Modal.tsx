import { Dialog } from "@base-ui/react/dialog";
import type { ReactNode, RefObject } from "react";

interface ModalProps {
  open: boolean;
  onClose: () => void;
  title: string;
  description?: string;
  /** Gets the focus afterwards. By default it returns to where it was. */
  finalFocus?: RefObject<HTMLElement | null>;
  children: ReactNode;
}

export const BACKDROP =
  "fixed inset-0 bg-scrim transition-opacity duration-150 data-ending-style:opacity-0 data-starting-style:opacity-0";

export function Modal({ open, onClose, title, description, finalFocus, children }: ModalProps) {
  return (
    <Dialog.Root open={open} onOpenChange={(isOpen) => isOpen || onClose()}>
      <Dialog.Portal>
        {/* Also over a drawer, for which Base UI would leave it out. */}
        <Dialog.Backdrop forceRender className={`z-50 ${BACKDROP}`} />
        <Dialog.Popup
          {...(finalFocus && { finalFocus })}
          className="fixed top-1/2 left-1/2 z-50 flex max-h-[85dvh] w-[26rem] max-w-[calc(100vw-2rem)] -translate-x-1/2 -translate-y-1/2 flex-col gap-4 overflow-y-auto rounded-2xl border border-line bg-canvas p-6 shadow-xl outline-none transition-[opacity,scale] duration-150 data-ending-style:scale-98 data-ending-style:opacity-0 data-starting-style:scale-98 data-starting-style:opacity-0"
        >
          <div className="flex flex-col gap-1.5">
            <Dialog.Title className="font-semibold text-lg">{title}</Dialog.Title>
            {description && (
              <Dialog.Description className="break-words text-sm text-muted">{description}</Dialog.Description>
            )}
          </div>
          {children}
        </Dialog.Popup>
      </Dialog.Portal>
    </Dialog.Root>
  );
}

export function ModalActions({ children }: { children: ReactNode }) {
  return <div className="mt-1 flex flex-wrap justify-end gap-2">{children}</div>;
}
