import { useLocation } from "react-router";

/** Which page asked to sign in first, and whose it was. */
export interface Origin {
  readonly from?: string | undefined;
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
export const originOf = ({ from, userId }: EntryState): Origin => ({ from, userId });

/** Where somebody goes who has just signed in: back, unless that is somebody else's page. */
export function destination({ from = "/", userId }: Origin, signedInId: string): string {
  return userId === undefined || userId === signedInId ? from : "/";
}
