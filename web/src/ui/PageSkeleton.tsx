import { Bone, Skeleton } from "./Skeleton.tsx";
import * as texts from "./texts.ts";

/** The frame of a page while its code and the session load, with the sizes of the real one. */
export function PageSkeleton() {
  return window.location.pathname === "/account" ? <AccountSkeleton /> : <WorkspaceSkeleton />;
}

function AccountSkeleton() {
  return (
    <Skeleton label={texts.LOADING} className="min-h-dvh bg-sunken">
      <div className="h-14 border-line border-b bg-canvas" />
      <div className="mx-auto flex max-w-2xl flex-col gap-6 px-4 py-8">
        <Bone className="h-9 w-48" />
        <Bone className="h-64 rounded-2xl" />
        <Bone className="h-80 rounded-2xl" />
      </div>
    </Skeleton>
  );
}

function WorkspaceSkeleton() {
  return (
    <Skeleton label={texts.LOADING} className="flex h-dvh overflow-hidden">
      <div className="hidden w-68 shrink-0 flex-col gap-2 border-line border-r bg-sunken px-3 pt-14 both-docked:flex">
        <Bone className="h-9" />
        <Bone className="h-9" />
      </div>
      <div className="flex min-w-0 flex-1 flex-col">
        <div className="flex h-14 shrink-0 items-center border-line border-b px-4">
          <Bone className="h-4 w-40" />
        </div>
        <div className="mx-auto mt-auto w-full max-w-3xl px-4 pb-4 sm:px-6 sm:pb-6">
          <Bone className="h-12 rounded-2xl" />
        </div>
      </div>
      <div className="hidden w-84 shrink-0 flex-col border-line border-l bg-sunken px-4 pt-14 panel-docked:flex">
        <Bone className="h-9" />
      </div>
    </Skeleton>
  );
}
