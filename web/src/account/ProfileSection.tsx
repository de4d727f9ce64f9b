import { useMutation } from "@tanstack/react-query";
import { postAuth } from "../api/auth-client.ts";
import { RequestError } from "../api/ErrorText.tsx";
import { Button } from "../ui/Button.tsx";
import { FormSuccess } from "../ui/FormMessage.tsx";
import { readForm } from "../ui/form-fields.ts";
import { EmailAddress } from "./EmailAddress.tsx";
import { NameField } from "./NameField.tsx";
import { Section } from "./Section.tsx";
import { useSession, useUser } from "./session.ts";
import * as texts from "./texts.ts";

export function ProfileSection() {
  const { name } = useUser();
  const session = useSession();
  const renaming = useMutation({
    mutationFn: (newName: string) => postAuth("/update-user", { name: newName }),
    onSuccess: () => session.refetch(),
  });
  return (
    <Section heading={texts.PROFILE}>
      <EmailAddress />
      <form onSubmit={(event) => renaming.mutate(readForm(event)("name").trim())} className="flex flex-col gap-4">
        <NameField defaultValue={name} />
        <RequestError error={renaming.error} />
        <FormSuccess>{renaming.isSuccess ? texts.NAME_SAVED : undefined}</FormSuccess>
        <Button type="submit" className="self-start" pending={renaming.isPending}>
          {texts.SAVE_NAME}
        </Button>
      </form>
    </Section>
  );
}
