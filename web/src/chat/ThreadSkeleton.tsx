import { Bone, Skeleton } from "../ui/Skeleton.tsx";
import * as texts from "./texts.tsx";

/** The shape of a conversation while its messages load. */
export function ThreadSkeleton() {
  return (
    <div className="scroller min-h-0 flex-1">
      <Skeleton
        label={texts.LOADING_MESSAGES}
        className="mx-auto flex w-full max-w-3xl flex-col gap-6 px-4 py-6 sm:px-6"
      >
        {["w-2/5", "w-1/2"].map((width) => (
          <div key={width} className="flex flex-col gap-6">
            <Bone className={`h-11 self-end rounded-2xl rounded-br-md ${width}`} />
            <div className="flex flex-col gap-3">
              <Bone className="h-3.5 w-11/12" />
              <Bone className="h-3.5 w-full" />
              <Bone className="h-3.5 w-3/5" />
            </div>
          </div>
        ))}
      </Skeleton>
    </div>
  );
}
