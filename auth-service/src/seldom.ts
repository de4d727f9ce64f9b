/** The work, done beside whoever asks for it, but not again before that time has passed. */
export function seldom<Given extends unknown[]>(everyMs: number, work: (...given: Given) => Promise<void>) {
  let begunAt = Number.NEGATIVE_INFINITY;
  return (...given: Given): void => {
    if (performance.now() - begunAt < everyMs) return;
    begunAt = performance.now();
    void work(...given);
  };
}
