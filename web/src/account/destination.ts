/** Kept in the history entry of the sign-in page: which page asked to sign in first, and whose it was. */
export interface Origin {
  readonly from: string;
  /** Undefined when nobody had been signed in. */
  readonly userId: string | undefined;
}

/** Where somebody goes who has just signed in: back, unless that is somebody else's page. */
export function destination(state: unknown, userId: string): string {
  const origin = state as Partial<Origin> | null;
  const isMine = origin?.userId === undefined || origin.userId === userId;
  return typeof origin?.from === "string" && isMine ? origin.from : "/";
}
