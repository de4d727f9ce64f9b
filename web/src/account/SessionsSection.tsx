import { useMutation } from "@tanstack/react-query";
import { useState } from "react";
import { inWords } from "../api/error-words.ts";
import { Button } from "../ui/Button.tsx";
import { FormError } from "../ui/FormMessage.tsx";
import { Modal, ModalActions } from "../ui/Modal.tsx";
import { authClient, unwrapAuth } from "./auth-client.ts";
import { leave } from "./leave.ts";
import { Section } from "./Section.tsx";
import { useUser } from "./session.ts";

export function SessionsSection() {
  const { id } = useUser();
  const [isAsking, setIsAsking] = useState(false);
  const leaving = useMutation({
    mutationFn: () => unwrapAuth(authClient.revokeSessions()),
    onSuccess: () => leave(id),
  });

  function close(): void {
    leaving.reset();
    setIsAsking(false);
  }

  return (
    <Section heading="Devices" description="Lost one, or forgot to sign out somewhere?">
      <Button className="self-start" onClick={() => setIsAsking(true)}>
        Sign out everywhere…
      </Button>
      <Modal
        open={isAsking}
        onClose={close}
        title="Sign out everywhere?"
        description="You will be signed out here at once, and on all other devices within five minutes."
      >
        <FormError>{leaving.error ? inWords(leaving.error) : undefined}</FormError>
        <ModalActions>
          <Button onClick={close}>Cancel</Button>
          <Button look="primary" onClick={() => leaving.mutate()} disabled={leaving.isPending}>
            Sign out everywhere
          </Button>
        </ModalActions>
      </Modal>
    </Section>
  );
}
