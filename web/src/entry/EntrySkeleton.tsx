import { Bone, Skeleton } from "../ui/Skeleton.tsx";
import { LOADING } from "../ui/texts.ts";

/** The shape of an entry page while it loads. */
export function EntrySkeleton() {
  return (
    <main className="flex min-h-dvh flex-col items-center justify-center bg-sunken px-4 py-10">
      <Skeleton
        label={LOADING}
        className="flex w-full max-w-96 flex-col gap-6 rounded-2xl border border-line bg-canvas p-6 shadow-xs sm:p-8"
      >
        <Bone className="h-7 w-1/2 self-center" />
        <Bone className="h-10" />
        <Bone className="h-10" />
        <Bone className="h-10" />
      </Skeleton>
    </main>
  );
}
