import { useMutation } from "@tanstack/react-query";
import { postAuth } from "../api/auth-client.ts";
import { RequestError } from "../api/ErrorText.tsx";
import { useDomain } from "../lib/domain.ts";
import { Button } from "../ui/Button.tsx";
import { type FieldValues, readForm } from "../ui/form-fields.ts";
import { Modal, ModalActions } from "../ui/Modal.tsx";
import { TextField } from "../ui/TextField.tsx";
import { useUser } from "./session.ts";
import { clearUser } from "./sign-out.ts";
import * as texts from "./texts.ts";
import { UsernameField } from "./UsernameField.tsx";

interface DeleteAccountProps {
  /** False for accounts that only sign in with a provider. */
  hasPassword: boolean;
  open: boolean;
  onClose: () => void;
}

export function DeleteAccount({ hasPassword, open, onClose }: DeleteAccountProps) {
  const { id, email } = useUser();
  const { items } = useDomain();
  const deleting = useMutation({
    mutationFn: (values: FieldValues) => postAuth("/delete-user", hasPassword ? { password: values("password") } : {}),
    onSuccess: () => clearUser(id, "deleted"),
  });

  function close(): void {
    deleting.reset();
    onClose();
  }

  return (
    <Modal
      open={open}
      onClose={close}
      title={texts.DELETE_ACCOUNT_QUESTION}
      description={texts.deleteAccountWarning(items)}
    >
      <form onSubmit={(event) => deleting.mutate(readForm(event))} className="flex flex-col gap-4">
        {hasPassword && (
          <>
            <UsernameField email={email} />
            <TextField
              label={texts.YOUR_PASSWORD}
              name="password"
              type="password"
              autoComplete="current-password"
              required
            />
          </>
        )}
        <RequestError error={deleting.error} />
        <ModalActions>
          <Button onClick={close}>{texts.KEEP_ACCOUNT}</Button>
          <Button type="submit" look="danger" pending={deleting.isPending}>
            {texts.DELETE_ACCOUNT}
          </Button>
        </ModalActions>
      </form>
    </Modal>
  );
}
