import { AsyncLocalStorage } from "node:async_hooks";
import type { DatabaseErrorKind } from "../database/database-errors.ts";

/** State of one HTTP request, available everywhere in its course. */
export interface RequestScope {
  readonly id: string;
  databaseError?: DatabaseErrorKind;
  /** The stored hash that the last password was checked against. */
  checkedHash?: string;
  /** The password attempt that was counted. */
  attempt?: { readonly email: string; readonly address: string };
}

const scopes = new AsyncLocalStorage<RequestScope>();

export const runInScope = <Result>(scope: RequestScope, work: () => Result): Result => scopes.run(scope, work);

export const currentScope = (): RequestScope | undefined => scopes.getStore();
