import { useMutation } from "@tanstack/react-query";
import type { FormEvent } from "react";
import { inWords } from "../api/error-words.ts";
import { Button } from "../ui/Button.tsx";
import { Modal, ModalActions } from "../ui/Modal.tsx";
import { FormError, TextField } from "../ui/TextField.tsx";
import { authClient, unwrapAuth } from "./auth-client.ts";
import { leave } from "./leave.ts";
import { useUser } from "./session.ts";

export function DeleteAccount({ open, onClose }: { open: boolean; onClose: () => void }) {
  const { id, email } = useUser();
  const deleting = useMutation({
    mutationFn: (password: string) => unwrapAuth(authClient.deleteUser({ password })),
    onSuccess: () => leave(id),
  });

  function close(): void {
    deleting.reset();
    onClose();
  }

  function onSubmit(event: FormEvent<HTMLFormElement>): void {
    event.preventDefault();
    deleting.mutate(String(new FormData(event.currentTarget).get("password")));
  }

  return (
    <Modal
      open={open}
      onClose={close}
      title="Delete your account?"
      description="Your account, all your conversations and all your tasks will be gone for good. Nobody can bring them back."
    >
      <form onSubmit={onSubmit} className="flex flex-col gap-4">
        {/* Tells password managers whose password it is. */}
        <input type="hidden" name="username" autoComplete="username" value={email} />
        <TextField label="Your password" name="password" type="password" autoComplete="current-password" required />
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
