import { useState } from "react";
import { Button } from "../ui/Button.tsx";
import { DeleteAccount } from "./DeleteAccount.tsx";
import { Section } from "./Section.tsx";
import { useSignInMethods } from "./sign-in-methods.ts";

export function DeletionSection() {
  const [isAsking, setIsAsking] = useState(false);
  const hasPassword = useSignInMethods().data?.hasPassword ?? true;
  return (
    <Section
      heading="Delete account"
      description="Your account goes, with all your conversations and tasks. Take your data along first, if you want it."
    >
      <Button className="self-start" onClick={() => setIsAsking(true)}>
        Delete account…
      </Button>
      <DeleteAccount hasPassword={hasPassword} open={isAsking} onClose={() => setIsAsking(false)} />
    </Section>
  );
}
