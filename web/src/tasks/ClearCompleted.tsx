import type { RefObject } from "react";
import { Button } from "../ui/Button.tsx";
import { FormError } from "../ui/FormMessage.tsx";
import { Modal, ModalActions } from "../ui/Modal.tsx";
import { taskErrorMessage } from "./error-messages.ts";
import { useClearCompleted } from "./list-mutations.ts";

interface ClearCompletedProps {
  /** How many there are, such as "3 tasks". */
  count: string;
  open: boolean;
  onClose: () => void;
  finalFocus: RefObject<HTMLElement | null>;
}

export function ClearCompleted({ count, open, onClose, finalFocus }: ClearCompletedProps) {
  const clearing = useClearCompleted();

  function close(): void {
    clearing.reset();
    onClose();
  }

  return (
    <Modal
      open={open}
      onClose={close}
      title="Clear completed tasks?"
      description={`This deletes ${count} that you have completed. This can't be undone.`}
      finalFocus={finalFocus}
    >
      <FormError>{clearing.error ? taskErrorMessage(clearing.error) : undefined}</FormError>
      <ModalActions>
        <Button onClick={close}>Cancel</Button>
        <Button
          look="danger"
          onClick={() => clearing.mutate(undefined, { onSuccess: close })}
          disabled={clearing.isPending}
        >
          Clear
        </Button>
      </ModalActions>
    </Modal>
  );
}
