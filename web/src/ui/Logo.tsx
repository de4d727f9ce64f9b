export function Logo() {
  return (
    <svg aria-hidden viewBox="0 0 32 32" fill="none" className="size-6">
      <path
        className="fill-accent"
        d="M8 3h16a5 5 0 0 1 5 5v11a5 5 0 0 1-5 5h-9l-6.3 4.9A1 1 0 0 1 7 28.1V24a4 4 0 0 1-4-4V8a5 5 0 0 1 5-5Z"
      />
      <path
        className="stroke-on-accent"
        strokeWidth="3"
        strokeLinecap="round"
        strokeLinejoin="round"
        d="m10.5 14 4 4 7-8"
      />
    </svg>
  );
}
