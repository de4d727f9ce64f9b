import { useMutation } from "@tanstack/react-query";
import { authClient, unwrapAuth } from "../api/auth-client.ts";
import { inWords } from "../api/error-words.ts";
import { Button } from "../ui/Button.tsx";
import { FormError, FormSuccess } from "../ui/FormMessage.tsx";
import { submitted } from "../ui/form-fields.ts";
import { EmailAddress } from "./EmailAddress.tsx";
import { NameField } from "./NameField.tsx";
import { Section } from "./Section.tsx";
import { useSession, useUser } from "./session.ts";

export function ProfileSection() {
  const { name } = useUser();
  const session = useSession();
  const renaming = useMutation({
    mutationFn: (newName: string) => unwrapAuth(authClient.updateUser({ name: newName })),
    onSuccess: () => session.refetch(),
  });
  return (
    <Section heading="Profile">
      <EmailAddress />
      <form onSubmit={(event) => renaming.mutate(submitted(event)("name").trim())} className="flex flex-col gap-4">
        <NameField defaultValue={name} />
        <FormError>{renaming.error ? inWords(renaming.error) : undefined}</FormError>
        <FormSuccess>{renaming.isSuccess ? "Your name is saved." : undefined}</FormSuccess>
        <Button type="submit" className="self-start" disabled={renaming.isPending}>
          Save name
        </Button>
      </form>
    </Section>
  );
}
