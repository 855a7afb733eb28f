/**
 * What many calls ask for, read once for all that come within this time, by the clock. A failed look is not kept.
 * @param ms how old an answer may be
 */
export function keptFor<T>(ms: number, clock: { now(): number }, read: () => Promise<T>): () => Promise<T> {
  let kept: { readonly until: number; readonly value: Promise<T> } | null = null;
  return () => {
    const now = clock.now();
    if (kept !== null && kept.until > now) return kept.value;
    const entry = { until: now + ms, value: read() };
    kept = entry;
    entry.value.catch(() => {
      if (kept === entry) kept = null;
    });
    return entry.value;
  };
}
