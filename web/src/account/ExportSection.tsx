import { useMutation } from "@tanstack/react-query";
import { RequestError } from "../api/ErrorText.tsx";
import { useDomain } from "../lib/domain.ts";
import { Button } from "../ui/Button.tsx";
import { FormSuccess } from "../ui/FormMessage.tsx";
import { downloadExport } from "./export.ts";
import { Section } from "./Section.tsx";
import { useUser } from "./session.ts";

export function ExportSection() {
  const user = useUser();
  const { items } = useDomain();
  const exporting = useMutation({ mutationFn: () => downloadExport(user) });
  return (
    <Section heading="Your data" description={`Your name, email, conversations and ${items} in one JSON file.`}>
      <RequestError error={exporting.error} />
      <FormSuccess>{exporting.isSuccess ? "Your data has been downloaded." : undefined}</FormSuccess>
      <Button className="self-start" onClick={() => exporting.mutate()} pending={exporting.isPending}>
        Download my data
      </Button>
    </Section>
  );
}
