import { useMutation } from "@tanstack/react-query";
import { RequestError } from "../api/ErrorText.tsx";
import { useDomain } from "../lib/domain.ts";
import { Button } from "../ui/Button.tsx";
import { FormSuccess } from "../ui/FormMessage.tsx";
import { downloadExport } from "./export.ts";
import { Section } from "./Section.tsx";
import { useUser } from "./session.ts";
import * as texts from "./texts.ts";

export function ExportSection() {
  const user = useUser();
  const { items, table } = useDomain();
  const files = {
    everything: { download: () => downloadExport(user), done: texts.DATA_DOWNLOADED },
    table: { download: () => table.download(user.id), done: texts.itemsDownloaded(items) },
  };
  const exporting = useMutation({ mutationFn: (file: keyof typeof files) => files[file].download() });
  const { variables: chosen, isPending } = exporting;
  return (
    <Section heading={texts.DATA} description={texts.dataDescription(items)}>
      <RequestError error={exporting.error} />
      <FormSuccess>{exporting.isSuccess && chosen ? files[chosen].done : undefined}</FormSuccess>
      <div className="flex flex-wrap gap-2">
        <Button onClick={() => exporting.mutate("everything")} pending={isPending && chosen === "everything"}>
          {texts.DOWNLOAD_DATA}
        </Button>
        <Button onClick={() => exporting.mutate("table")} pending={isPending && chosen === "table"}>
          {table.label}
        </Button>
      </div>
    </Section>
  );
}
