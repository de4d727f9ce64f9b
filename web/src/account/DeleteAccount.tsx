import { useMutation } from "@tanstack/react-query";
import { authClient, unwrapAuth } from "../api/auth-client.ts";
import { inWords } from "../api/error-words.ts";
import { useDomain } from "../lib/domain.ts";
import { Button } from "../ui/Button.tsx";
import { FormError } from "../ui/FormMessage.tsx";
import { type FieldValues, submitted } from "../ui/form-fields.ts";
import { Modal, ModalActions } from "../ui/Modal.tsx";
import { TextField } from "../ui/TextField.tsx";
import { leave } from "./leave.ts";
import { useUser } from "./session.ts";
import { UsernameField } from "./UsernameField.tsx";

interface DeleteAccountProps {
  /** Who signs in by a provider only has none to give. */
  hasPassword: boolean;
  open: boolean;
  onClose: () => void;
}

export function DeleteAccount({ hasPassword, open, onClose }: DeleteAccountProps) {
  const { id, email } = useUser();
  const { items } = useDomain();
  const deleting = useMutation({
    mutationFn: (values: FieldValues) =>
      unwrapAuth(authClient.deleteUser(hasPassword ? { password: values("password") } : {})),
    onSuccess: () => leave(id),
  });

  function close(): void {
    deleting.reset();
    onClose();
  }

  return (
    <Modal
      open={open}
      onClose={close}
      title="Delete your account?"
      description={`This deletes your account, conversations and ${items}. It can't be undone.`}
    >
      <form onSubmit={(event) => deleting.mutate(submitted(event))} className="flex flex-col gap-4">
        {hasPassword && (
          <>
            <UsernameField email={email} />
            <TextField label="Your password" name="password" type="password" autoComplete="current-password" required />
          </>
        )}
        <FormError>{deleting.error ? inWords(deleting.error) : undefined}</FormError>
        <ModalActions>
          <Button onClick={close}>Keep my account</Button>
          <Button type="submit" look="danger" disabled={deleting.isPending}>
            Delete account
          </Button>
        </ModalActions>
      </form>
    </Modal>
  );
}
