import { PRODUCT } from "../product.ts";

/** Runs a function in one of the browser's tabs at a time, or in several if all of them share the lock. */
export async function inLock(name: string, mode: LockMode, run: () => Promise<void>): Promise<void> {
  await navigator.locks.request(`${PRODUCT.slug}.${name}`, { mode }, run);
}
