import { useState } from "react";
import { useDomain } from "../lib/domain.ts";
import { Button } from "../ui/Button.tsx";
import { DeleteAccount } from "./DeleteAccount.tsx";
import { Section } from "./Section.tsx";
import { useSignInMethods } from "./sign-in-methods.ts";
import * as texts from "./texts.ts";

export function DeletionSection() {
  const { items } = useDomain();
  const [isOpen, setIsOpen] = useState(false);
  const hasPassword = useSignInMethods().data?.hasPassword ?? true;
  return (
    <Section heading={texts.DELETE_ACCOUNT} description={texts.deleteAccountDescription(items)}>
      <Button look="warning" className="self-start" onClick={() => setIsOpen(true)}>
        {texts.OPEN_DELETE_ACCOUNT}
      </Button>
      <DeleteAccount hasPassword={hasPassword} open={isOpen} onClose={() => setIsOpen(false)} />
    </Section>
  );
}
