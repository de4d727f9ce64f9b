import { AsyncLocalStorage } from "node:async_hooks";
import type { DatabaseErrorKind } from "../database/database-errors.ts";

/** What belongs to one HTTP request, wherever in its course it is asked for. */
export interface RequestScope {
  readonly id: string;
  databaseError?: DatabaseErrorKind;
  /** The stored hash that a password was held against last. */
  checkedHash?: string;
  /** The try of a password that was counted. */
  attempt?: { readonly email: string; readonly address: string };
}

const scopes = new AsyncLocalStorage<RequestScope>();

export const runInScope = <Result>(scope: RequestScope, work: () => Result): Result => scopes.run(scope, work);

export const currentScope = (): RequestScope | undefined => scopes.getStore();
