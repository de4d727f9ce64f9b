import { KEYBOARD_SHORTCUTS } from "../account/texts.ts";
import { Button } from "../ui/Button.tsx";
import { Modal, ModalActions } from "../ui/Modal.tsx";
import { CLOSE } from "../ui/texts.ts";
import { SHORTCUTS } from "./use-shortcuts.ts";

export function ShortcutsDialog({ open, onClose }: { open: boolean; onClose: () => void }) {
  return (
    <Modal open={open} onClose={onClose} title={KEYBOARD_SHORTCUTS}>
      <dl className="flex flex-col gap-2.5 text-sm">
        {SHORTCUTS.map(({ keys, does }) => (
          <div key={does} className="flex items-center justify-between gap-6">
            <dt>{does}</dt>
            <dd className="flex shrink-0 gap-1">
              {keys.map((key) => (
                <kbd key={key} className="rounded border border-line bg-sunken px-1.5 font-sans text-[0.8125rem]">
                  {key}
                </kbd>
              ))}
            </dd>
          </div>
        ))}
      </dl>
      <ModalActions>
        <Button onClick={onClose}>{CLOSE}</Button>
      </ModalActions>
    </Modal>
  );
}
