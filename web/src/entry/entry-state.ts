import { type NavigateProps, useLocation } from "react-router";

/** Which page asked to sign in first, and whose it was. */
export interface Origin {
  readonly from?: string | undefined;
  /** What that page keeps in its history entry. */
  readonly fromState?: unknown;
  /** Undefined when nobody had been signed in. */
  readonly userId?: string | undefined;
}

/** Kept in the history entries of the entry pages: what one of them must know of the page before it. */
export interface EntryState extends Origin {
  /** The address that is to be confirmed. */
  readonly email?: string | undefined;
  /** What has just been done, in a sentence. */
  readonly notice?: string | undefined;
}

export function useEntryState(): EntryState {
  const state: unknown = useLocation().state;
  return (state ?? {}) as EntryState;
}

/** What all entry pages hand on to each other. */
export const originOf = ({ from, fromState, userId }: EntryState): Origin => ({ from, fromState, userId });

type Destination = Pick<NavigateProps, "to" | "state">;

/** Where somebody goes who has just signed in: back, unless that is somebody else's page. */
export function destination({ from = "/", fromState, userId }: Origin, signedInId: string): Destination {
  return userId === undefined || userId === signedInId ? { to: from, state: fromState } : { to: "/" };
}
