/** Entries that are copied without a pause: well under a millisecond. */
const STEP = 1_000;

/** A copy of a map, made in steps that a caller can let other work in between of. */
export function* copyInSteps<V>(map: ReadonlyMap<string, V> | undefined): Generator<void, Map<string, V>, void> {
  const copy = new Map<string, V>();
  for (const [key, value] of map ?? []) {
    copy.set(key, value);
    if (copy.size % STEP === 0) yield;
  }
  return copy;
}
