import { useState } from "react";
import { useDomain } from "../lib/domain.ts";
import { Button } from "../ui/Button.tsx";
import { DeleteAccount } from "./DeleteAccount.tsx";
import { Section } from "./Section.tsx";
import { useSignInMethods } from "./sign-in-methods.ts";

export function DeletionSection() {
  const { items } = useDomain();
  const [isOpen, setIsOpen] = useState(false);
  const hasPassword = useSignInMethods().data?.hasPassword ?? true;
  return (
    <Section
      heading="Delete account"
      description={`This deletes your account, conversations and ${items}. Download your data first if you want to keep it.`}
    >
      <Button look="warning" className="self-start" onClick={() => setIsOpen(true)}>
        Delete account…
      </Button>
      <DeleteAccount hasPassword={hasPassword} open={isOpen} onClose={() => setIsOpen(false)} />
    </Section>
  );
}
