import { type ReactNode, useId } from "react";

interface SectionProps {
  heading: string;
  description?: ReactNode;
  children: ReactNode;
}

/** A part of the account page. */
export function Section({ heading, description, children }: SectionProps) {
  const id = useId();
  return (
    <section
      aria-labelledby={id}
      className="flex flex-col gap-4 rounded-2xl border border-line bg-canvas p-5 shadow-xs sm:p-6"
    >
      <div className="flex flex-col gap-1">
        <h2 id={id} className="font-semibold">
          {heading}
        </h2>
        {description && <p className="text-pretty text-muted text-sm">{description}</p>}
      </div>
      {children}
    </section>
  );
}
