import type { RefObject } from "react";
import { Button } from "../ui/Button.tsx";
import { FormError } from "../ui/FormMessage.tsx";
import { Modal, ModalActions } from "../ui/Modal.tsx";
import { CANCEL } from "../ui/texts.ts";
import { taskErrorMessage } from "./error-messages.ts";
import { useClearCompleted } from "./list-mutations.ts";
import * as texts from "./texts.tsx";

interface ClearCompletedProps {
  count: number;
  /** Whether there are more than these. */
  hasMore: boolean;
  open: boolean;
  onClose: () => void;
  finalFocus: RefObject<HTMLElement | null>;
}

export function ClearCompleted({ count, hasMore, open, onClose, finalFocus }: ClearCompletedProps) {
  const clearing = useClearCompleted();

  function close(): void {
    clearing.reset();
    onClose();
  }

  return (
    <Modal
      open={open}
      onClose={close}
      title={texts.CLEAR_COMPLETED_QUESTION}
      description={texts.clearCompletedDescription(count, hasMore)}
      finalFocus={finalFocus}
    >
      <FormError>{clearing.error ? taskErrorMessage(clearing.error) : undefined}</FormError>
      <ModalActions>
        <Button onClick={close}>{CANCEL}</Button>
        <Button
          look="danger"
          onClick={() => clearing.mutate(undefined, { onSuccess: close })}
          disabled={clearing.isPending}
        >
          {texts.CLEAR}
        </Button>
      </ModalActions>
    </Modal>
  );
}
