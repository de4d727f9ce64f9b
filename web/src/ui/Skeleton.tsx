import type { ReactNode } from "react";

/** A grey shape where something will be. */
export function Bone({ className }: { className: string }) {
  return <div className={`skeleton ${className}`} />;
}

interface SkeletonProps {
  /** Tells screen readers what is loading. */
  label: string;
  className?: string;
  children: ReactNode;
}

/** The shape of what is loading. It appears only if that takes a moment. */
export function Skeleton({ label, className = "", children }: SkeletonProps) {
  return (
    <div aria-busy className={`skeleton-group ${className}`}>
      <p className="sr-only">{label}</p>
      {children}
    </div>
  );
}

const WIDTHS = ["w-3/5", "w-4/5", "w-1/2", "w-2/3", "w-2/5", "w-3/4"] as const;

interface SkeletonRowsProps {
  label: string;
  count: number;
  /** The height and padding of a real row. */
  row: string;
}

/** The rows of a list that is loading. */
export function SkeletonRows({ label, count, row }: SkeletonRowsProps) {
  return (
    <Skeleton label={label} className="flex flex-col gap-0.5">
      {WIDTHS.slice(0, count).map((width) => (
        <div key={width} className={`flex items-center ${row}`}>
          <Bone className={`h-3.5 ${width}`} />
        </div>
      ))}
    </Skeleton>
  );
}
