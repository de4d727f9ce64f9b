import { AsyncLocalStorage } from "node:async_hooks";
import type { DatabaseFault } from "./database-fault.ts";

/** What belongs to one HTTP request, wherever in its course it is asked for. */
export interface RequestScope {
  readonly id: string;
  databaseFault?: DatabaseFault;
  /** The stored hash that a password was held against last. */
  checkedHash?: string;
  /** The try of a password that was counted. */
  countedTry?: { readonly email: string; readonly address: string };
}

const scopes = new AsyncLocalStorage<RequestScope>();

export const runInScope = <Result>(scope: RequestScope, work: () => Result): Result => scopes.run(scope, work);

export const currentScope = (): RequestScope | undefined => scopes.getStore();
