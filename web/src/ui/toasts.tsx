import { Toast } from "@base-ui/react/toast";
import { X } from "lucide-react";
import type { ReactNode } from "react";
import { IconButton } from "./Button.tsx";
import * as texts from "./texts.ts";

const UNDO_MS = 8_000;

const manager = Toast.createToastManager();

/** Shows an error that belongs to no form. */
export function toastError(title: string): void {
  manager.add({ title, type: "error", priority: "high", timeout: UNDO_MS });
}

/**
 * Shows what was done, with an Undo button. Replaces an earlier toast with the same id.
 *
 * @param onClose - called when the offer ends, after `undo` if the user took it.
 */
export function toastUndo(id: string, title: string, undo: () => void, onClose?: () => void): void {
  manager.add({
    id,
    title,
    timeout: UNDO_MS,
    ...(onClose && { onClose }),
    actionProps: {
      children: texts.UNDO,
      onClick: () => {
        undo();
        manager.close(id);
      },
    },
  });
}

export function closeToast(id: string): void {
  manager.close(id);
}

export function closeToasts(): void {
  manager.close();
}

/** Shows toasts over its children. F6 moves the focus to them. */
export function ToastProvider({ children }: { children: ReactNode }) {
  return (
    <Toast.Provider toastManager={manager} limit={4}>
      {children}
      <Toast.Portal>
        <Toast.Viewport
          aria-label={texts.NOTIFICATIONS}
          className="fixed inset-x-4 bottom-24 z-60 mx-auto flex max-w-96 flex-col gap-2 panel-docked:right-4 panel-docked:bottom-4 panel-docked:left-auto panel-docked:mx-0 panel-docked:w-76"
        >
          <Toasts />
        </Toast.Viewport>
      </Toast.Portal>
    </Toast.Provider>
  );
}

function Toasts() {
  const { toasts } = Toast.useToastManager();
  return toasts.map((toast) => (
    <Toast.Root
      key={toast.id}
      toast={toast}
      className="rounded-xl border border-line bg-canvas shadow-lg transition-[opacity,translate] duration-200 data-limited:hidden data-ending-style:translate-y-2 data-starting-style:translate-y-2 data-ending-style:opacity-0 data-starting-style:opacity-0"
    >
      <Toast.Content className="flex items-center gap-2 py-1.5 pr-1.5 pl-4">
        <Toast.Title
          render={<p />}
          className={`min-w-0 flex-1 break-words text-sm ${toast.type === "error" ? "text-danger" : ""}`}
        />
        {toast.actionProps && (
          <Toast.Action className="rounded-md px-2 py-1 font-medium text-accent text-sm hover:bg-hover" />
        )}
        <Toast.Close
          render={
            <IconButton label={texts.DISMISS}>
              <X aria-hidden />
            </IconButton>
          }
        />
      </Toast.Content>
    </Toast.Root>
  ));
}
