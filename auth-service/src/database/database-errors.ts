import pg from "pg";

/**
 * What a failed statement means for the one who asked:
 * - `unavailable`: the database cannot be reached or cannot serve; the same request may succeed later.
 * - `input_refused`: the request carried a value that Postgres cannot store, such as text with a NUL character.
 * - `account_gone`: the account was deleted in the meantime.
 */
export type DatabaseErrorKind = "unavailable" | "input_refused" | "account_gone";

/** By SQLSTATE, or the first two characters of it: PostgreSQL documentation, appendix A. */
const FAULTS: Record<string, DatabaseErrorKind> = {
  "08": "unavailable", // connection exception
  "25006": "unavailable", // read-only: a failover is under way
  "28": "unavailable", // the role may not log in
  "3D": "unavailable", // no such database
  "40": "unavailable", // deadlock or serialization: rolled back, to be sent again
  "53": "unavailable", // insufficient resources
  "57": "unavailable", // shut down, starting up, cancelled
  "22": "input_refused", // data exception
  "23502": "input_refused", // null where a value must be
  "54000": "input_refused", // too long for an index
  "23503": "account_gone", // every foreign key here points to "user"
};

/** What the error means; undefined when it is a mistake of ours. */
export function classifyDatabaseError(error: unknown): DatabaseErrorKind | undefined {
  if (error instanceof pg.DatabaseError) {
    const sqlState = error.code ?? "";
    return FAULTS[sqlState] ?? FAULTS[sqlState.slice(0, 2)];
  }
  // Everything else that node-pg rejects with is about the connection, unless it could not even build the message.
  return error instanceof Error && !(error instanceof TypeError) && !(error instanceof RangeError)
    ? "unavailable"
    : undefined;
}
