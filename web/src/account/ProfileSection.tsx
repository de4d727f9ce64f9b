import { useMutation } from "@tanstack/react-query";
import { postAuth } from "../api/auth-client.ts";
import { errorMessage } from "../api/error-messages.ts";
import { Button } from "../ui/Button.tsx";
import { FormError, FormSuccess } from "../ui/FormMessage.tsx";
import { readForm } from "../ui/form-fields.ts";
import { EmailAddress } from "./EmailAddress.tsx";
import { NameField } from "./NameField.tsx";
import { Section } from "./Section.tsx";
import { useSession, useUser } from "./session.ts";

export function ProfileSection() {
  const { name } = useUser();
  const session = useSession();
  const renaming = useMutation({
    mutationFn: (newName: string) => postAuth("/update-user", { name: newName }),
    onSuccess: () => session.refetch(),
  });
  return (
    <Section heading="Profile">
      <EmailAddress />
      <form onSubmit={(event) => renaming.mutate(readForm(event)("name").trim())} className="flex flex-col gap-4">
        <NameField defaultValue={name} />
        <FormError>{renaming.error ? errorMessage(renaming.error) : undefined}</FormError>
        <FormSuccess>{renaming.isSuccess ? "Name saved." : undefined}</FormSuccess>
        <Button type="submit" className="self-start" disabled={renaming.isPending}>
          Save name
        </Button>
      </form>
    </Section>
  );
}
