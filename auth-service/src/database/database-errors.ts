import pg from "pg";

/**
 * The meaning of a failed statement for the client:
 * - `unavailable`: the database is unreachable or overloaded; the same request may succeed later.
 * - `input_refused`: the request contains a value that Postgres can't store, such as text with a NUL character.
 * - `account_gone`: the account was deleted during the request.
 */
export type DatabaseErrorKind = "unavailable" | "input_refused" | "account_gone";

/** By SQLSTATE, or by its first two characters. Source: PostgreSQL documentation, appendix A. */
const FAULTS: Record<string, DatabaseErrorKind> = {
  "08": "unavailable", // connection exception
  "25006": "unavailable", // read-only, during a failover
  "28": "unavailable", // the role may not log in
  "3D": "unavailable", // no such database
  "40": "unavailable", // deadlock or serialization failure
  "53": "unavailable", // insufficient resources
  "57": "unavailable", // shut down, starting up, cancelled
  "22": "input_refused", // data exception
  "23502": "input_refused", // not-null violation
  "54000": "input_refused", // too long for an index
  "23503": "account_gone", // every foreign key here points to "user"
};

/** Classify an error; undefined if it is a bug in this service. */
export function classifyDatabaseError(error: unknown): DatabaseErrorKind | undefined {
  if (error instanceof pg.DatabaseError) {
    const sqlState = error.code ?? "";
    return FAULTS[sqlState] ?? FAULTS[sqlState.slice(0, 2)];
  }
  // node-pg's other errors concern the connection, except for those of building the message.
  return error instanceof Error && !(error instanceof TypeError) && !(error instanceof RangeError)
    ? "unavailable"
    : undefined;
}
