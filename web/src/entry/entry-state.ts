import { useHistoryState } from "wouter/use-browser-location";

/** The page that required sign-in, and its user. */
export interface Origin {
  readonly from?: string | undefined;
  /** The state of its history entry. */
  readonly fromState?: unknown;
  /** Undefined if no user was signed in. */
  readonly userId?: string | undefined;
}

/** The state of the history entries of entry pages. */
export interface EntryState extends Origin {
  /** The email to confirm. */
  readonly email?: string | undefined;
  /** A message to show on the page. */
  readonly notice?: string | undefined;
}

export function useEntryState(): EntryState {
  return useHistoryState<EntryState | null>() ?? {};
}

/** The part that all entry pages pass on to each other. */
export const originOf = ({ from, fromState, userId }: EntryState): Origin => ({ from, fromState, userId });

interface Destination {
  readonly to: string;
  readonly state?: unknown;
}

/** Where to go after sign-in: back, unless that page belonged to another user. */
export function destination({ from = "/", fromState, userId }: Origin, signedInId: string): Destination {
  return userId === undefined || userId === signedInId ? { to: from, state: fromState } : { to: "/" };
}
