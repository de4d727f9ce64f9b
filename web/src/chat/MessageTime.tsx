const TIME = new Intl.DateTimeFormat(undefined, { timeStyle: "short" });
const DATE_AND_TIME = new Intl.DateTimeFormat(undefined, { dateStyle: "medium", timeStyle: "short" });
const FULL = new Intl.DateTimeFormat(undefined, { dateStyle: "full", timeStyle: "short" });

interface MessageTimeProps {
  /** In ISO 8601. */
  at: string;
  className?: string;
}

/** When a message was sent. With a mouse, it shows while the pointer or the focus is in the `group/message`. */
export function MessageTime({ at, className = "" }: MessageTimeProps) {
  const date = new Date(at);
  const isToday = date.toDateString() === new Date().toDateString();
  return (
    <time
      dateTime={at}
      title={FULL.format(date)}
      className={`text-muted text-xs group-focus-within/message:opacity-100 group-hover/message:opacity-100 hovering:opacity-0 ${className}`}
    >
      {(isToday ? TIME : DATE_AND_TIME).format(date)}
    </time>
  );
}
