import { INPUT } from "../ui/TextField.tsx";
import { addDays, type Due, dateOf, dateWords, nextMonday } from "./due.ts";
import * as texts from "./texts.tsx";

interface DueFieldsProps {
  value: Due;
  onChange: (due: Due) => void;
  now: string;
}

/** A date and, with one, a time; the likeliest dates as buttons. */
export function DueFields({ value, onChange, now }: DueFieldsProps) {
  const today = dateOf(now);
  const likely = [
    { label: texts.nearDay("today"), date: today },
    { label: texts.nearDay("tomorrow"), date: addDays(today, 1) },
    { label: texts.NEXT_WEEK, date: nextMonday(today) },
  ];
  const chip =
    "h-7 rounded-full border border-control px-2 text-xs transition-colors hover:bg-hover aria-pressed:border-accent aria-pressed:bg-accent-soft aria-pressed:text-accent";
  return (
    <div className="flex flex-col gap-2">
      <div className="flex gap-1.5">
        <input
          type="date"
          aria-label={texts.DUE_DATE}
          value={value.due_on ?? ""}
          onChange={(event) => onChange(withDate(value, event.target.value || null))}
          className={`${INPUT} h-9 min-w-0 flex-1 px-2! text-sm`}
        />
        <input
          type="time"
          aria-label={texts.DUE_TIME}
          value={value.due_at ?? ""}
          onChange={(event) => onChange({ ...value, due_at: event.target.value || null })}
          disabled={value.due_on === null}
          className={`${INPUT} h-9 w-auto! shrink-0 px-2! text-sm disabled:opacity-50`}
        />
      </div>
      <div className="flex flex-wrap gap-1">
        {likely.map(({ label, date }) => (
          <button
            key={label}
            type="button"
            className={chip}
            title={dateWords(date, today)}
            aria-pressed={value.due_on === date}
            onClick={() => onChange(withDate(value, date))}
          >
            {label}
          </button>
        ))}
        <button
          type="button"
          className={chip}
          aria-pressed={value.due_on === null}
          onClick={() => onChange(withDate(value, null))}
        >
          {texts.NO_DATE}
        </button>
        {value.due_at !== null && (
          <button type="button" className={chip} onClick={() => onChange({ ...value, due_at: null })}>
            {texts.NO_TIME}
          </button>
        )}
      </div>
    </div>
  );
}

const withDate = ({ due_at }: Due, due_on: string | null): Due => ({ due_on, due_at: due_on === null ? null : due_at });
